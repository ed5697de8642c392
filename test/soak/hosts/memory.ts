// `node build/test/soak/hosts/memory.js [--actions N]`: a million actions in one run over two hosts. Prints, after each tenth, what
// owner, hosts and Redis hold in memory, and fails where one of them goes on growing.

import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Redis } from 'ioredis'
import { createRuntime } from 'heddle'
import { connectCluster } from 'heddle/cluster'
import { noOp } from './no-op.js'
import { Farm } from './farm.js'

const { values } = parseArgs({ options: { actions: { type: 'string', default: '1000000' } } })
const actions = Number(values.actions)
const TENTHS = 10
const AT_ONCE = 1000
/** The first tenths compile code and grow tables. After them, so much more at the end, in megabytes. */
const SETTLED = 3
const MOST_GROWTH_MB: Readonly<Record<string, number>> = { 'owner heap': 4, 'host heap': 4, redis: 2 }

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const rows: Record<string, number>[] = []
{
  await using farm = await Farm.start({
    hosts: 2,
    threads: 1,
    leaseMs: 10_000,
    module: new URL('no-op.js', import.meta.url),
  })
  await using cluster = connectCluster(farm.connect)
  await using runtime = createRuntime({ threads: 1, cluster })
  const redis = new Redis(farm.url)
  await runtime.scope(async (ctx) => {
    for (let tenth = 1; tenth <= TENTHS; tenth += 1) {
      const startedAt = performance.now()
      for (let done = 0; done < actions / TENTHS; done += AT_ONCE) {
        await ctx.all(Array.from({ length: AT_ONCE }, () => ctx.spawn(noOp)))
      }
      const seconds = (performance.now() - startedAt) / 1000
      rows.push(await look(farm, redis, actions / TENTHS / seconds))
    }
  })
  redis.disconnect()
}
const grown = Object.entries(MOST_GROWTH_MB).filter(([what, most]) => growthOf(what) > most)
for (const [what, most] of grown)
  process.stdout.write(
    `${what} has grown by ${growthOf(what).toFixed(1)} MB, ${most} at most were expected\n`,
  )
if (grown.length === 0) process.stdout.write('memory is flat\n')
process.exitCode = grown.length === 0 ? 0 : 1

async function look(farm: Farm, redis: Redis, rate: number): Promise<Record<string, number>> {
  // What is queued for finalizers goes in another turn.
  for (let times = 0; times < 3; times += 1) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, rss } = process.memoryUsage()
  const hosts = await farm.memory()
  const used = /used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]
  const row = {
    'owner heap': heapUsed / 2 ** 20,
    'owner rss': rss / 2 ** 20,
    'host heap': Math.max(...hosts.map((host) => host.heapUsed)) / 2 ** 20,
    'host rss': Math.max(...hosts.map((host) => host.rss)) / 2 ** 20,
    redis: Number(used) / 2 ** 20,
  }
  const text = Object.entries(row).map(([name, mb]) => `${name} ${mb.toFixed(1)} MB`)
  process.stdout.write(
    `${rows.length + 1} of ${TENTHS} (${Math.round(rate)} actions/s): ${text.join(', ')}\n`,
  )
  return row
}

function growthOf(what: string): number {
  const [first, last] = [rows[SETTLED - 1], rows.at(-1)]
  return (last?.[what] ?? Number.NaN) - (first?.[what] ?? Number.NaN)
}
