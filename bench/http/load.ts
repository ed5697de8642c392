// The load of the suite `http`, in a process of its own: so many connections that are kept, each with one request at a time.
// Plain sockets, since a full client would take from the server's cores. Of a share of the requests the client goes away
// before there is an answer, and comes back on a new connection. Prints what came back, and after how long.

import { connect, type Socket } from 'node:net'

/** What a load has seen. */
export interface LoadResult {
  readonly seconds: number
  /** Milliseconds of each request that was answered. */
  readonly latencies: readonly number[]
  readonly left: number
  /** Connections that the server has closed, though a request was on its way. */
  readonly broken: number
}

const CONNECTIONS = 64
const REQUEST = 'GET /work HTTP/1.1\r\nHost: localhost\r\n\r\n'
/** A client that goes away does so after that, at most. */
const PATIENCE_MS = 30

const [port = 0, warmUpMs = 0, measuredMs = 0, percentLeaving = 0] = process.argv.slice(2).map(Number)

const latencies: number[] = []
let left = 0
let broken = 0
let phase: 'warming' | 'measuring' | 'over' = 'warming'
let seed = 1

/** The same numbers in every run, 0…1. */
function random(): number {
  seed = (seed * 16_807) % 2_147_483_647
  return seed / 2_147_483_647
}

function open(): void {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  let sentAt = 0
  let isLeaving = false
  const send = (): void => {
    if (phase === 'over') {
      socket.destroy()
      return
    }
    sentAt = performance.now()
    socket.write(REQUEST)
    if (random() * 100 >= percentLeaving) return
    isLeaving = true
    setTimeout(() => leave(socket, sentAt), random() * PATIENCE_MS)
  }
  const leave = (of: Socket, at: number): void => {
    // It has been answered before.
    if (at !== sentAt || of.destroyed) return
    if (phase === 'measuring') left += 1
    of.destroy()
  }
  socket.setEncoding('latin1')
  socket.on('connect', send)
  socket.on('data', (chunk: string) => {
    text += chunk
    const head = text.indexOf('\r\n\r\n')
    const length = /content-length: (\d+)/i.exec(text)?.[1]
    if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text)
    text = ''
    isLeaving = false
    if (phase === 'measuring') latencies.push(performance.now() - sentAt)
    send()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    if (phase === 'over') return
    if (!isLeaving && phase === 'measuring') broken += 1
    open()
  })
}

for (let count = 0; count < CONNECTIONS; count += 1) open()
setTimeout(() => {
  phase = 'measuring'
  const start = performance.now()
  setTimeout(() => {
    phase = 'over'
    const seconds = (performance.now() - start) / 1000
    process.stdout.write(JSON.stringify({ seconds, latencies, left, broken } satisfies LoadResult), () =>
      process.exit(),
    )
  }, measuredMs)
}, warmUpMs)
