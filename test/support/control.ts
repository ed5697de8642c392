// A served runtime with a folder of its own, and clients of it that hold every answer against the OpenAPI document.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import {
  createRuntime,
  type ControlServer,
  type Runtime,
  type RuntimeOptions,
  type ServeOptions,
} from 'heddle'
import { createClient, type ControlClient, type StreamEvent } from 'heddle/client'

/** A runtime that is served. */
export interface Served extends AsyncDisposable {
  readonly runtime: Runtime
  readonly server: ControlServer
  readonly folder: string
  /** Its answers are validated. */
  readonly client: ControlClient
  /** A request with the full token, unless the headers say otherwise; its answer is validated. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

/** Creates and serves one. */
export async function serve(
  options: ServeOptions = {},
  runtimeOptions: RuntimeOptions = { threads: 1 },
): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'heddle-test-'))
  const runtime = createRuntime(runtimeOptions)
  const server = await runtime.serve({ folder, ...options })
  const validate = await createValidator(server)
  const checkedFetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init)
    const url = new URL(input)
    await validate(init?.method ?? 'GET', url.pathname, response)
    return response
  }
  return {
    runtime,
    server,
    folder,
    client: createClient({ url: server.url, token: server.token, fetch: checkedFetch }),
    fetch: (path, init = {}) =>
      checkedFetch(`${server.url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${server.token}`, ...(init.headers as Record<string, string>) },
      }),
    [Symbol.asyncDispose]: async () => {
      await runtime.close({ graceMs: 0 })
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type OpenApi = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}
type OpenApiOperation = {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>
  >
}

/** Validates answers: their status must be in the document, and their body as it says. */
async function createValidator(
  server: ControlServer,
): Promise<(method: string, path: string, response: Response) => Promise<void>> {
  const answer = await fetch(`${server.url}/api/v1/openapi.json`, {
    headers: { authorization: `Bearer ${server.token}` },
  })
  const document = (await answer.json()) as OpenApi
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addSchema(document, 'openapi')
  const compiled = new Map<string, ValidateFunction>()
  const validatorOf = (schema: object): ValidateFunction => {
    const key = JSON.stringify(schema)
    let validator = compiled.get(key)
    if (validator === undefined) {
      validator = ajv.compile(JSON.parse(key.replaceAll('"#/components', '"openapi#/components')) as object)
      compiled.set(key, validator)
    }
    return validator
  }
  const check = (schema: object, value: unknown, what: string): void => {
    const validator = validatorOf(schema)
    if (validator(value)) return
    throw new Error(
      `${what} isn't as the OpenAPI document says: ${ajv.errorsText(validator.errors)}\n${JSON.stringify(value).slice(0, 2000)}`,
    )
  }
  return async (method, path, response) => {
    const found = Object.keys(document.paths).find((template) =>
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    )
    const type = response.headers.get('content-type') ?? ''
    if (!response.ok) {
      check({ $ref: '#/components/schemas/ErrorAnswer' }, await response.clone().json(), `${method} ${path}`)
      return
    }
    if (found === undefined) return
    const operation = document.paths[found]?.[method.toLowerCase()]
    const described = operation?.responses[String(response.status)]
    if (described === undefined)
      throw new Error(`${method} ${path}: ${response.status} isn't in the document`)
    const schema = described.content?.['application/json']?.schema
    if (schema === undefined || !type.startsWith('application/json')) return
    check(schema, await response.clone().json(), `${method} ${path}`)
  }
}

/** Reads a stream until one of its events passes a test; gives all of them. The iterator is left open. */
export async function readUntil(
  events: AsyncIterator<StreamEvent>,
  isWanted: (event: StreamEvent) => boolean,
): Promise<StreamEvent[]> {
  const read: StreamEvent[] = []
  for (;;) {
    const { done, value } = await events.next()
    if (done === true) throw new Error(`the stream has ended after ${JSON.stringify(read.slice(-3))}`)
    read.push(value)
    if (isWanted(value)) return read
  }
}

/** Whether an event is that of an action in a phase. */
export function isPhase(event: StreamEvent, id: string, phase: string): boolean {
  return event.type === 'phase' && event.id === id && event.phase === phase
}

/** Waits until so many actions of a run stand in a phase. */
export async function untilCount(runtime: Runtime, run: string, phase: string, count: number): Promise<void> {
  const events = runtime.events()
  const phases = new Map<string, string>()
  try {
    for await (const event of events) {
      if (event.type === 'snapshot') {
        for (const one of event.runs) {
          if (one.run === run) for (const record of one.actions) phases.set(record.id, record.phase)
        }
      } else if (event.type === 'phase' && event.run === run) phases.set(event.id, event.phase)
      let found = 0
      for (const one of phases.values()) if (one === phase) found += 1
      if (found >= count) return
    }
  } finally {
    await events.return?.()
  }
  throw new Error(`there were never ${count} actions ${phase} in run '${run}'`)
}
