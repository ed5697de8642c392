// `fetch` over a Unix socket or a named pipe, as far as the client needs it: the platform's own knows TCP only.

import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'

/** A `fetch` for requests to whoever listens at that path. The host in their URLs isn't looked up. */
export function createSocketFetch(socketPath: string): typeof globalThis.fetch {
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = new URL(input instanceof Request ? input.url : input)
      const request = httpRequest({
        socketPath,
        method: init.method ?? 'GET',
        path: `${url.pathname}${url.search}`,
        headers: { host: url.host, ...Object.fromEntries(new Headers(init.headers)) },
        // One connection each: nothing stays open between two requests of a command that ends soon.
        agent: false,
        ...(init.signal && { signal: init.signal }),
      })
      request.once('error', reject)
      request.once('response', (incoming) => {
        const status = incoming.statusCode ?? 0
        const headers = new Headers()
        for (const [name, value] of Object.entries(incoming.headers)) {
          for (const one of [value].flat()) if (one !== undefined) headers.append(name, one)
        }
        // Such an answer has no body, and `Response` takes none for it.
        const isEmpty = status === 204 || status === 304
        if (isEmpty) incoming.resume()
        const body = isEmpty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
        resolve(new Response(body, { status, headers }))
      })
      request.end(typeof init.body === 'string' ? init.body : undefined)
    })
}
