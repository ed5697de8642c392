/**
 * A sweep that survives: its process is killed twice in the middle of work, without any warning, and started again. What had
 * ended isn't run again; sampler and pruner know what they knew.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const folder = await mkdtemp(join(tmpdir(), 'heddle-resume-'))
const file = join(folder, 'sweep.jsonl')
try {
  for (const killAt of [12, 35, undefined]) await work(killAt)
} finally {
  await rm(folder, { recursive: true })
}

/** Starts a process, and kills it once so many trials have ended. */
async function work(killAt: number | undefined): Promise<void> {
  console.log(
    killAt === undefined ? '\n── a third process' : `\n── a process that will be killed at ${killAt} trials`,
  )
  const worker = spawn(process.execPath, [fileURLToPath(new URL('worker.js', import.meta.url)), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(worker, 'close')
  let shown = -10
  for await (const line of createInterface({ input: worker.stdout })) {
    const trials = Number(/^(\d+) ended/.exec(line)?.[1] ?? Infinity)
    if (trials >= shown + 10) console.log(`   ${line}`)
    if (trials >= shown + 10 && Number.isFinite(trials)) shown = trials
    if (killAt !== undefined && trials >= killAt) worker.kill('SIGKILL')
  }
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  if (killAt === undefined && code !== 0) throw new Error(`the last process ended with ${code ?? signal}`)
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line.includes('"type":"end"'))
  console.log(
    `   ${signal === null ? 'ended by itself' : `killed by ${signal}`}; ${lines.length} ends of trials are in the file`,
  )
}
