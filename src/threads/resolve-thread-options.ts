// What an app says of how threads are started: checked, and as Node takes it.

import type { ResourceLimits } from 'node:worker_threads'
import { isNumber } from '../checks/check-number.js'
import { refuseUnknown } from '../checks/refuse-unknown.js'
import { wrongOption } from '../checks/wrong-value.js'
import type { PoolOptions } from './pool.js'

/** What `createRuntime` and `startWorker` take of it. */
export interface ThreadOptions {
  readonly resourceLimits?: ResourceLimits | undefined
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  readonly execArgv?: readonly string[] | undefined
}

const RESOURCE_LIMITS: ReadonlySet<string> = new Set<keyof ResourceLimits>([
  'maxYoungGenerationSizeMb',
  'maxOldGenerationSizeMb',
  'codeRangeSizeMb',
  'stackSizeMb',
])

/** Throws an `ActionInputError` for the first option that is wrong: no thread could be started with it. */
export function resolveThreadOptions(
  { resourceLimits, env, execArgv }: ThreadOptions,
  of: string,
): Pick<PoolOptions, 'resourceLimits' | 'env' | 'execArgv'> {
  return {
    ...(resourceLimits !== undefined && { resourceLimits: checkLimits(resourceLimits, of) }),
    ...(env !== undefined && { env: withoutUndefined(env, of) }),
    ...(execArgv !== undefined && { execArgv: checkArguments(execArgv, of) }),
  }
}

function checkLimits(limits: ResourceLimits, of: string): ResourceLimits {
  refuseUnknown(limits, RESOURCE_LIMITS, of, 'resourceLimits')
  for (const [name, limit] of Object.entries(limits) as [string, unknown][]) {
    if (limit === undefined || (isNumber(limit) && limit > 0)) continue
    throw wrongOption(of, `resourceLimits.${name}`, limit, 'a number of megabytes, more than 0')
  }
  return limits
}

/** Node would make texts 'undefined' of them. */
function withoutUndefined(
  env: Readonly<Record<string, string | undefined>>,
  of: string,
): Record<string, string> {
  if (typeof env !== 'object' || env === null || Array.isArray(env))
    throw wrongOption(of, 'env', env, 'an object of names and texts')
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function checkArguments(execArgv: readonly string[], of: string): readonly string[] {
  const given: unknown = execArgv
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return execArgv
  throw wrongOption(of, 'execArgv', given, "a list of texts, as ['--import', 'tsx']")
}
