// Effect's workers: a handler for each task.

import * as NodeWorkerRunner from '@effect/platform-node/NodeWorkerRunner'
import * as NodeRuntime from '@effect/platform-node/NodeRuntime'
import * as Effect from 'effect/Effect'
import * as Layer from 'effect/Layer'
import * as RpcServer from 'effect/rpc/RpcServer'
import { byteLength, compute, noOp } from '../tasks.js'
import { EffectTasks } from './effect-tasks.js'

const handlers = EffectTasks.toLayer({
  noOp: () => Effect.sync(noOp),
  compute: ({ loops }) => Effect.sync(() => compute(loops)),
  byteLength: ({ bytes }) => Effect.sync(() => byteLength(bytes)),
  byteLengthMoved: ({ bytes }) => Effect.sync(() => byteLength(bytes)),
})

const serving = RpcServer.layer(EffectTasks).pipe(
  Layer.provide(handlers),
  Layer.provide(RpcServer.layerProtocolWorkerRunner),
  Layer.provide(NodeWorkerRunner.layer),
)

NodeRuntime.runMain(Layer.launch(serving))
