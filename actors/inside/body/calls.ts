// `ctx.services`, `ctx.expose` and `handle.remote()`: each call is a wait of the body's, parked while it lasts, and rejected by
// an abort (S1, S12).

import { errorOf } from '../../../src/channels/remote-client.js'
import { remoteObject, type RemoteCall } from '../../../src/channels/remote-object.js'
import type { ActionTypes } from '../../../src/handle.js'
import type { BaseHandle } from '../../../src/handles/base-handle.js'
import { ActionInputError } from '../../../src/protocol/errors/errors.js'
import { describeValue } from '../../../src/protocol/values/describe-value.js'
import type { Body, BodyScope } from './body.js'
import { rejectLater, waitFor } from './waits.js'

/** `ctx.services`. */
export function services(within: BodyScope): unknown {
  const { body } = within
  return remoteObject(
    (path, parameters) =>
      waitFor(within, (resolve, reject) => {
        body.channels.services.call(path, parameters, 'services').then(resolve, reject)
      }),
    'services',
  )
}

/** `ctx.expose`. */
export function expose(within: BodyScope, api: unknown): Promise<never> {
  const { body } = within
  const { run, id, name } = body.info
  const isServable = (typeof api === 'object' && api !== null) || typeof api === 'function'
  if (!isServable || body.isExposing) {
    const problem = isServable
      ? 'was called while it serves another object already'
      : `was given ${describeValue(api)}, but needs an object with methods`
    return rejectLater(
      within,
      new ActionInputError(`ctx.expose in action ${id} '${name}' ${problem}`, { run, action: id }),
    )
  }
  return waitFor<never>(within, () => {
    body.channels.expose(api)
    return () => body.channels.stopExposing()
  })
}

/** `handle.remote()` of a child. */
export async function remoteOf(body: Body, handle: BaseHandle<unknown, ActionTypes>): Promise<unknown> {
  const within: BodyScope = { body, scope: body.scope }
  const isInside = body.isRunning
  const { id: action, name } = handle
  const ended = async (): Promise<never> => {
    throw errorOf(await handle.watch(false), { run: body.info.run, action, name })
  }
  // There is no line any more, but whoever asks is told of the end (S15).
  if (!body.isLive) return await ended()
  const connected = waitFor<void>(within, (resolve, reject) => {
    body.channels.remote(handle).connected().then(resolve, reject)
  })
  await (isInside ? connected : Promise.race([connected, ended()]))
  const call: RemoteCall = (path, parameters) =>
    waitFor(within, (resolve, reject) => {
      body.channels.remote(handle).call(path, parameters).then(resolve, reject)
    })
  return remoteObject(call, `remote of ${handle.id}`)
}
