/**
 * A sweep over several machines, all of which are this one: a Redis, two workers that lend two threads each, and an app without
 * threads of its own. One worker is killed in the middle: its trials are tried again by the other.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRuntime } from 'heddle'
import { connectCluster, type Cluster } from 'heddle/cluster'
import { asha, sweep, tpe } from 'heddle/sweep'
import { space } from '../04-digits/search-space.js'
import { hasRedis, startRedis } from './redis-server.js'
import { trial } from './trial.js'

const TRIALS = 24
const MAX_EPOCHS = 4
const WORKERS = ['red', 'blue']
/** The shortest that there may be: the killed worker is missed soon. */
const LEASE_MS = 2000

if (hasRedis()) await main()
else console.log('This needs a redis-server: apt-get install redis-server, or brew install redis.')

async function main(): Promise<void> {
  const secret = randomBytes(16).toString('hex')
  const redis = await startRedis()
  const workers = new Map(WORKERS.map((name) => [name, startWorker(name, redis.url, secret)]))
  const cluster = connectCluster({ redis: redis.url, secret, leaseMs: LEASE_MS })
  const runtime = createRuntime({ cluster })
  try {
    await until(async () => (await cluster.hosts()).length === WORKERS.length)
    tellHosts(await cluster.hosts())
    const trained = new Map<string, number>()
    const study = sweep(runtime, trial, {
      name: 'digits',
      space,
      input: (configuration, { number }) => ({ configuration, trial: number, maxEpochs: MAX_EPOCHS }),
      metric: 'accuracy',
      direction: 'maximize',
      step: 'epoch',
      maxSteps: MAX_EPOCHS,
      sampler: tpe({ seed: 1 }),
      pruner: asha({ minSteps: 1, reduction: 2 }),
      trials: TRIALS,
      concurrency: 4,
    })
    let lost = 0
    let isKilled = false
    for await (const event of runtime.events()) {
      if (event.type === 'retry') {
        lost += 1
        console.log(`  ${event.error.message}; it is tried again`)
      }
      // The sweep itself reports, too.
      if (event.type === 'report' && event.id !== 'a0') {
        const { host } = event.value as { readonly host: string }
        trained.set(host, (trained.get(host) ?? 0) + 1)
        // A third of the way, somebody pulls the plug.
        if (!isKilled && [...trained.values()].reduce((sum, epochs) => sum + epochs) >= TRIALS / 2) {
          isKilled = true
          console.log(`\nThe worker 'red' is killed.`)
          workers.get('red')?.kill('SIGKILL')
        }
      }
      if (event.type === 'phase' && event.id === 'a0' && event.phase === 'succeeded') break
    }
    const { best, counts, cost } = await study
    console.log(
      `\n${counts.completed} trials were completed, ${counts.pruned} pruned, ${counts.failed} failed.`,
    )
    console.log(`The best one reads ${((best?.value ?? 0) * 100).toFixed(1)} % of the digits.`)
    console.log(
      `Epochs by worker: ${[...trained].map(([host, epochs]) => `${host} ${epochs}`).join(', ')}; ${cost.steps} counted.`,
    )
    console.log(`Trials that lost their machine: ${lost}.`)
    if (lost === 0 || counts.failed > 0) throw new Error('a worker was killed, and no trial was tried again')
  } finally {
    await runtime.close()
    await cluster.close()
    for (const worker of workers.values()) await end(worker, 'SIGTERM')
    await end(redis.child, 'SIGKILL')
  }
}

/** `npx heddle worker`, as on a machine of its own. */
function startWorker(name: string, redis: string, secret: string): ChildProcess {
  const command = fileURLToPath(new URL('cli/main.js', import.meta.resolve('heddle')))
  const module = fileURLToPath(new URL('trial.js', import.meta.url))
  const flags = ['--redis', redis, '--threads', '2', '--name', name, '--lease', `${LEASE_MS}ms`]
  return spawn(process.execPath, [command, 'worker', module, ...flags], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, HEDDLE_SECRET: secret },
  })
}

function tellHosts(hosts: Awaited<ReturnType<Cluster['hosts']>>): void {
  console.log('Workers:')
  for (const { name, threads, builds } of hosts)
    console.log(`  ${name}: ${threads} threads, ${builds.join(', ')}`)
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(100)
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
