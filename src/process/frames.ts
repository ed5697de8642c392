// What the app and its supervisor process say to each other, over one socket: frames of a kind, the number of a command,
// and bytes, which are a document of JSON or a piece of output as it came.

/** From the app to the supervisor. */
export const ToSupervisor = { start: 1, signal: 2 } as const
/** From the supervisor to the app. */
export const ToApp = { started: 11, failed: 12, stdout: 13, stderr: 14, exited: 15, gone: 16 } as const

/** Which descriptor of the supervisor the socket is. */
export const SOCKET_FD = 3

/** What kind of frame it is. */
export type FrameKind = (typeof ToSupervisor)[keyof typeof ToSupervisor] | (typeof ToApp)[keyof typeof ToApp]

/** What is started. */
export interface StartOrder {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** What it reads on its standard input; left out: nothing. */
  readonly stdin?: string
  /** How long its group may clean up once the app is gone, in milliseconds. */
  readonly graceMs: number
}

/** What its group is sent. */
export interface SignalOrder {
  readonly signal: 'SIGTERM' | 'SIGKILL'
}

/** The leader of its group runs. */
export interface StartedNews {
  readonly pid: number
}

/** It couldn't be started. */
export interface FailedNews {
  readonly code: string | undefined
  readonly message: string
}

/** The leader of its group has exited. */
export interface ExitedNews {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
}

/** Nothing is left of its group. */
export interface GoneNews {
  /** What is left can't be signalled, because it belongs to another user. */
  readonly isBeyondReach: boolean
}

/** One frame, as it has come. */
export interface Frame {
  readonly kind: number
  readonly command: number
  readonly payload: Buffer
}

/** Kind, command and length of the payload. */
const HEADER_BYTES = 9

/** A frame with a document of JSON. */
export function encodeFrame(kind: FrameKind, command: number, document: object): Buffer {
  const payload = Buffer.from(JSON.stringify(document))
  return Buffer.concat([encodeHeader(kind, command, payload.length), payload])
}

/** What stands ahead of a payload of so many bytes. */
export function encodeHeader(kind: FrameKind, command: number, length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES)
  header.writeUInt8(kind, 0)
  header.writeUInt32LE(command, 1)
  header.writeUInt32LE(length, 5)
  return header
}

/** The document of a frame. */
export function documentOf<Document>({ payload }: Frame): Document {
  return JSON.parse(payload.toString()) as Document
}

/** Reads frames from a stream of bytes. */
export class FrameReader {
  #chunks: Buffer[] = []
  #length = 0
  /** How much is needed before it is worth another look. */
  #wanted = HEADER_BYTES

  /** Takes in what has come, and gives the frames that are whole. */
  read(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Frame[] = []
    if (this.#length < this.#wanted) return frames
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    this.#wanted = HEADER_BYTES
    while (bytes.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + bytes.readUInt32LE(5)
      if (bytes.length < end) {
        this.#wanted = end
        break
      }
      const payload = bytes.subarray(HEADER_BYTES, end)
      frames.push({ kind: bytes.readUInt8(0), command: bytes.readUInt32LE(1), payload })
      bytes = bytes.subarray(end)
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes]
    this.#length = bytes.length
    return frames
  }
}
