import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRuntime, isHeddleError } from 'heddle'
import { countPrimes } from './render.js'

// A full queue answers at once: who waits behind hundreds of others has gone before it is their turn.
const runtime = createRuntime({ maxQueued: 64 })

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Ends when the client has gone: then its work is stopped, whether queued or computing.
  const gone = new AbortController()
  response.once('close', () => gone.abort(new Error('the client has gone')))
  const below = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('below') ?? 10_000)
  try {
    const primes = await runtime.run(countPrimes, { below }, { signal: gone.signal })
    response.setHeader('content-type', 'application/json').end(`${JSON.stringify({ below, primes })}\n`)
  } catch (error) {
    response.writeHead(statusOf(error), { 'retry-after': '1' }).end()
  }
}

function statusOf(error: unknown): number {
  if (isHeddleError(error, 'QueueFullError') || isHeddleError(error, 'RuntimeClosedError')) return 503
  if (isHeddleError(error, 'ActionTimedOutError')) return 504
  // 499 is nginx's: the client has gone, so that nobody but a log will see it. Other aborts are ours: we are closing.
  if (isHeddleError(error, 'ActionAbortedError')) return error.source === 'signal' ? 499 : 503
  return 500
}

const server = createServer((request, response) => void answer(request, response))
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1')
await once(server, 'listening')
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)

process.once('SIGTERM', () => {
  // No new connections; what is under way may end, for ten seconds; then it is aborted, and cleans up.
  server.close()
  server.closeIdleConnections()
  void runtime.close({ drainMs: 10_000 })
})
