// The tasks as Effect's RPCs: what its workers are asked through.

import * as Schema from 'effect/Schema'
import * as Rpc from 'effect/rpc/Rpc'
import * as RpcGroup from 'effect/rpc/RpcGroup'
import * as Transferable from 'effect/workers/Transferable'

/** The requests that a worker answers. */
export const EffectTasks = RpcGroup.make(
  Rpc.make('noOp', { success: Schema.Number }),
  Rpc.make('compute', { payload: { loops: Schema.Number }, success: Schema.Number }),
  Rpc.make('byteLength', { payload: { bytes: Schema.Uint8Array }, success: Schema.Number }),
  Rpc.make('byteLengthMoved', { payload: { bytes: Transferable.Uint8Array }, success: Schema.Number }),
)
