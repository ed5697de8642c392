// Effect's workers: an RPC client over a pool of Node workers, by default one request a thread at a time, or tuned. Its
// fibers can be interrupted, but a task that never yields can't be stopped.

import { Worker } from 'node:worker_threads'
import * as NodeWorker from '@effect/platform-node/NodeWorker'
import * as Context from 'effect/Context'
import type * as Effect from 'effect/Effect'
import * as Layer from 'effect/Layer'
import * as ManagedRuntime from 'effect/ManagedRuntime'
import * as RpcClient from 'effect/rpc/RpcClient'
import { EffectTasks } from './effect-tasks.js'
import { threadFile, THREADS, type Peer, type PeerStart } from './peer.js'

type Client = Effect.Success<ReturnType<typeof makeClient>>

function makeClient() {
  return RpcClient.make(EffectTasks)
}

const ClientService = Context.Service<Client>('bench/Client')

/** What of Effect's workers can be tuned. */
export interface EffectSettings {
  readonly concurrency?: number
}

/** Starts a pool. */
export async function startEffect({
  threads = THREADS,
  name,
  settings,
}: PeerStart<EffectSettings> = {}): Promise<Peer> {
  const layer = Layer.effect(ClientService, makeClient()).pipe(
    Layer.provide(RpcClient.layerProtocolWorker({ size: threads, ...settings })),
    Layer.provide(NodeWorker.layer(() => new Worker(threadFile('effect')))),
  )
  const runtime = ManagedRuntime.make(layer)
  const client = await runtime.runPromise(ClientService)
  return {
    name: name ?? 'effect',
    kind: name === undefined ? 'peer' : 'tuned',
    transfers: true,
    kills: false,
    run(task, input, options) {
      switch (task) {
        case 'noOp':
          return runtime.runPromise(client.noOp())
        case 'compute':
          return runtime.runPromise(client.compute({ loops: input as number }))
        case 'byteLength': {
          const bytes = input as Uint8Array<ArrayBuffer>
          return runtime.runPromise(
            options?.transfer === undefined
              ? client.byteLength({ bytes })
              : client.byteLengthMoved({ bytes }),
          )
        }
        default:
          throw new Error(`effect's workers can't be asked for '${task}'`)
      }
    },
    close: () => runtime.dispose(),
  }
}
