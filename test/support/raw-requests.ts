// Requests to a control server as no browser sends them.

import { linger } from '#fixtures/controlled.js'
import { request, type IncomingHttpHeaders } from 'node:http'
import { serve, type Served } from './control.js'

/** What was answered. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A request as no browser and no `fetch` would send it: any header may be anything. */
export function ask(
  { server }: Served,
  path: string,
  {
    method = 'GET',
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: server.host, port: server.port, path, method, headers, agent: false },
      (incoming) => {
        let text = ''
        incoming.setEncoding('utf8').on('data', (part: string) => (text += part))
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text }),
        )
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

/** The header that a token goes by. */
export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
/** The header of a JSON body. */
export const json = { 'content-type': 'application/json' }

/** A served runtime with a run that lives as long as nobody has got through. */
export async function serveLive(options: Parameters<typeof serve>[0] = {}): Promise<Served> {
  const served = await serve(options)
  served.runtime.run(linger, undefined, { name: 'live' })
  return served
}
