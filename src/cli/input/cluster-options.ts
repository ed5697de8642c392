// The options that all commands of a cluster have: where Redis is, and the secret.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { messageOf } from '../../protocol/values/describe-value.js'
import { isHeddleError } from '../../protocol/errors/is-heddle-error.js'
import { UsageError } from './usage-error.js'

/** As they are given. */
export interface ClusterFlags {
  readonly redis?: string
  readonly prefix?: string
  readonly secretFile?: readonly string[]
}

/** Adds them to a command. */
export function addClusterOptions(command: Command): Command {
  return command
    .option('--redis <url>', 'where Redis is, such as rediss://host:6379 (default: REDIS_URL)')
    .option('--prefix <name>', 'what all keys begin with, one for each trust zone (default: heddle)')
    .option(
      '--secret-file <file>',
      'file with the secret of the cluster; by the option again, further ones that are accepted (default: HEDDLE_SECRET)',
      (file: string, before: readonly string[] | undefined) => [...(before ?? []), file],
    )
}

/** What `connectCluster` and `startWorker` take of them. @throws `UsageError` where there is no Redis, or no such file. */
export function clusterOptions({ redis, prefix, secretFile }: ClusterFlags): Record<string, unknown> {
  const url = redis ?? process.env['REDIS_URL']
  if (url === undefined || url === '') throw new UsageError('say where Redis is: --redis <url>, or REDIS_URL')
  const fromEnvironment = process.env['HEDDLE_SECRET']
  const secret = secretFile?.map(readSecret) ?? fromEnvironment
  return {
    redis: url,
    ...(prefix !== undefined && { prefix }),
    ...(secret !== undefined && secret !== '' && { secret }),
  }
}

/** Starts what takes them: what is wrong with the options, or the modules, is the caller's to change. */
export async function withUsage<Started>(start: () => Started | Promise<Started>): Promise<Started> {
  try {
    return await start()
  } catch (error) {
    if (isHeddleError(error, 'ActionInputError')) throw new UsageError(error.message)
    throw error
  }
}

/** Without the end of its line. */
function readSecret(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`--secret-file: ${messageOf(error)}`)
  }
}
