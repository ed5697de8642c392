// `sweep`: begins a search.

import type { ActionDefinition } from '../definition.js'
import type { ActionTypes } from '../handle.js'
import type { SweepHost, TrialDefinition } from './sweep-host.js'
import type {
  InputOption,
  Measured,
  NumericKey,
  OneMetric,
  ReturnedSweepOptions,
  SeveralMetricsOptions,
  SeveralOf,
  SweepOptions,
} from './options.js'
import type { ParametersOf, Space } from './space/parameter.js'
import { StudyHandle, type Study } from './study.js'

/**
 * Searches parameters by running trials: as many at a time as `concurrency` says, each an action named `trial-<number>`,
 * stopped as soon as the pruner says so, until there are enough or a stop rule ends it.
 *
 * Given a runtime, it is a run of its own. Given the `ctx` of an action (`sweep(ctx, …)`), its trials are children of that
 * action, and end with it. Never throws: what is wrong with the options rejects the handle, with `ActionInputError`.
 *
 * @param host - The runtime, or an action's `ctx`.
 * @param trial - The action to run. It reports `{ step, [metric] }` as it goes, and checks `ctx.signal`.
 */
export function sweep<
  Input,
  Output,
  Types extends ActionTypes,
  const S extends Space,
  const Names extends NumericKey<Measured<Output, Types>> | OneMetric,
>(
  host: SweepHost,
  trial: ActionDefinition<Input, Output, Types>,
  options: (
    | SweepOptions<S, Measured<Output, Types>>
    | SeveralMetricsOptions<S, Measured<Output, Types>, Names>
    | ReturnedSweepOptions<S>
  ) &
    InputOption<S, Input>,
): Study<ParametersOf<S>, NumericKey<Measured<Output, Types>>, SeveralOf<Names>> {
  return new StudyHandle(host, trial as TrialDefinition, options) as unknown as Study<
    ParametersOf<S>,
    NumericKey<Measured<Output, Types>>,
    SeveralOf<Names>
  >
}
