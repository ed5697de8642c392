// A name that the operating system keeps for one holder, for as long as that lives: the thread, not only its process, so
// that nobody has to guess from process ids or clocks. On Linux it is a socket in the abstract namespace, on Windows a
// pipe: gone with their holder. Elsewhere it is a socket's file among the temporary ones, which refuses once it is left.

import { unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A name that is held. */
export interface HeldName {
  release(): Promise<void>
}

/** How long a holder that computes may take to say its name, in milliseconds. */
const ANSWER_MS = 500

/**
 * Holds a name; `taken` if somebody holds it, `unable` where the system has no such thing to give.
 *
 * @param who - The answer to those who ask.
 */
export async function holdName(name: string, who: string): Promise<HeldName | 'taken' | 'unable'> {
  for (let attempt = 0; ; attempt += 1) {
    const held = await listen(name, who)
    if (held !== 'taken' || !isFile || attempt > 0) return held
    if ((await askHolder(name)) !== undefined) return held
    // Left behind: its file outlives its holder.
    await unlink(addressOf(name)).catch(() => {})
  }
}

/** What the holder of a name says of itself, `''` if it doesn't answer in time; `undefined` if nobody holds it. */
export function askHolder(name: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path: addressOf(name) })
    let answer = ''
    const finish = (found: string | undefined): void => {
      clearTimeout(timer)
      resolve(found)
      socket.destroy()
    }
    // The system accepts for a thread that computes: so it is held, by an unknown holder.
    const timer = setTimeout(() => finish(answer), ANSWER_MS)
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (answer += text))
    socket.once('end', () => finish(answer))
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      finish(code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : answer)
    })
  })
}

const isFile = process.platform !== 'linux' && process.platform !== 'win32'

function addressOf(name: string): string {
  if (process.platform === 'linux') return `\0heddle-${name}`
  return isFile ? join(tmpdir(), `heddle-${name}.sock`) : `\\\\.\\pipe\\heddle-${name}`
}

function listen(name: string, who: string): Promise<HeldName | 'taken' | 'unable'> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      // The asker may be gone already.
      socket.on('error', () => {})
      socket.end(who)
    })
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'EADDRINUSE' ? 'taken' : 'unable')
    })
    // Exclusive: the workers of a cluster would share it.
    server.listen({ path: addressOf(name), exclusive: true }, () => {
      server.unref()
      server.on('error', () => {})
      resolve({ release: () => new Promise((released) => server.close(() => released())) })
    })
  })
}
