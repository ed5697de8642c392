/**
 * Any program as a trial: a script in Python is trained with many settings, ASHA stops those that lag behind in the middle of
 * an epoch, and afterwards it is shown that no process is left, those that the scripts have started included.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createRuntime } from 'heddle'
import { command } from 'heddle/process'
import { asha, int, logUniform, sweep, tpe } from 'heddle/sweep'

const EPOCHS = 27

/** Two "GPUs": at most two scripts run at a time, and each is told which one is its own. */
const RESOURCES = { gpu: 2 }

interface Settings {
  readonly lr: number
  readonly features: number
  readonly epochs: number
}

interface Epoch {
  readonly step: number
  readonly loss: number
  readonly pids: readonly number[]
}

// The script isn't compiled: it stays where the source is.
const folder = new URL('../../../examples/10-any-program/', import.meta.url)

// No `isActionThread` guard is needed: no thread imports this file, since a command's body is no code of it.
const train = command<Settings, Epoch>(import.meta, 'train', ['python3', 'train.py'], {
  cwd: folder,
  resources: { gpu: 1 },
  env: { CUDA_VISIBLE_DEVICES: { resource: 'gpu' } },
  graceMs: 2000,
})

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 6))'])
if (python.status === 0) await main()
else console.log('SKIPPED: this example needs python3 (3.6 or later), and there is none in PATH')

async function main(): Promise<void> {
  const runtime = createRuntime({ resources: RESOURCES, processSignals: true })
  const pids = new Set<number>()
  try {
    console.log(
      `python3 ${fileURLToPath(new URL('train.py', folder))} --lr=… --features=… --epochs=${EPOCHS}`,
    )
    const study = sweep(runtime, train, {
      name: 'rings',
      space: { lr: logUniform(1e-4, 1), features: int(2, 8) },
      input: ({ lr, features }) => ({ lr, features, epochs: EPOCHS }),
      metric: 'loss',
      direction: 'minimize',
      sampler: tpe({ seed: 1 }),
      pruner: asha({ minSteps: 1, reduction: 3 }),
      trials: 24,
      concurrency: 4,
    })
    const noted = notePids(runtime.events(), pids)
    const { best, counts } = await study
    if (best === undefined) throw new Error('no trial has a loss')
    console.log(`best loss ${best.value?.toFixed(3)} with ${JSON.stringify(best.parameters)}`)
    console.log(`completed ${counts.completed}, pruned ${counts.pruned}`)
    await runtime.close()
    await noted
  } finally {
    await runtime.close()
  }
  const left = [...pids].filter(isRunning)
  console.log(`of ${pids.size} processes that the scripts had started, ${left.length} are left`)
  if (pids.size === 0 || left.length > 0) process.exitCode = 1
}

/** The numbers of the processes that the scripts start are in what they report. */
async function notePids(
  events: ReturnType<ReturnType<typeof createRuntime>['events']>,
  pids: Set<number>,
): Promise<void> {
  for await (const event of events) {
    if (event.type !== 'report') continue
    const { pids: reported } = event.value as Partial<Epoch>
    for (const pid of reported ?? []) pids.add(pid)
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  // It may have ended, and not been waited for yet by the first process of the system.
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
