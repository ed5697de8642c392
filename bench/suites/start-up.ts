// How long until the first result? What a thread takes that imports Heddle, beside an empty one and others; what a new process
// takes until its first action's result; and the first calls after `runtime.warm()`.

import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { measure, rowsOf, type Candidate, type Group, type Kind } from '../measure.js'
import { runProgram } from '../processes/run-program.js'
import { unlessQuick } from '../quick.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const EMPTY = 'an empty worker'
const FIRST = 'the first call after warm()'
const TENTH = 'the tenth call after warm()'
const PROCESSES = 9

const threadFile = fileURLToPath(new URL('../processes/importing-thread.js', import.meta.url))

export const startUp: Suite = {
  name: 'start-up',
  question: 'How long until the first result?',
  async run() {
    const threads = await measure(
      { title: 'a new thread that imports …', unit: 'ms', rounds: 6, iterations: 3 },
      [
        importing(EMPTY, 'floor', ''),
        importing('xstate', 'beside', 'xstate'),
        importing('piscina', 'beside', 'piscina'),
        importing('heddle', 'heddle', 'heddle'),
      ],
    )
    const processes = await inProcesses('a new process: import, create, first result', 'ms', [
      ['raw postMessage', 'floor', async () => (await runProgram('cold-start', ['raw'])) as number],
      ['piscina', 'peer', async () => (await runProgram('cold-start', ['piscina'])) as number],
      ['heddle', 'heddle', async () => (await runProgram('cold-start', ['heddle'])) as number],
    ])
    const warmed = await inProcesses('calls of a new process', 'µs', [
      ['the first call', 'beside', () => nthCall('cold', 0)],
      ['the tenth call', 'beside', () => nthCall('cold', 9)],
      [FIRST, 'heddle', () => nthCall('warm', 0)],
      [TENTH, 'heddle', () => nthCall('warm', 9)],
    ])
    const empty = rowOf(threads, EMPTY).p50
    const piscina = rowOf(processes, 'piscina').p50
    return {
      groups: [threads, processes, warmed],
      goals: [
        atMost(
          "import 'heddle' in a new thread, 1.3 × an empty one",
          rowOf(threads, 'heddle').p50,
          empty * 1.3,
          'ms',
        ),
        atMost(
          'first result of a new process, 1.25 × Piscina',
          rowOf(processes, 'heddle').p50,
          piscina * 1.25,
          'ms',
        ),
        atMost(`${FIRST}, as the tenth`, rowOf(warmed, FIRST).p50, rowOf(warmed, TENTH).p50 * 1.25, 'µs'),
      ],
    }
  },
}

/** What a call of a new process took, warmed or not. */
async function nthCall(how: 'cold' | 'warm', index: number): Promise<number> {
  const taken = (await runProgram('first-calls', [how])) as number[]
  return taken[index] ?? Number.NaN
}

function importing(name: string, kind: Kind, module: string): Candidate {
  return {
    name,
    kind,
    async run() {
      const start = performance.now()
      const worker = new Worker(threadFile, { workerData: module })
      await once(worker, 'message')
      const ms = performance.now() - start
      await worker.terminate()
      return ms
    },
  }
}

/** Each candidate in a process of its own, in turn. The first round only fills the machine's caches. */
async function inProcesses(
  title: string,
  unit: string,
  candidates: readonly (readonly [name: string, kind: Kind, run: () => Promise<number>])[],
): Promise<Group> {
  const taken = candidates.map(([name, kind]) => ({ name, kind, rounds: [] as number[][] }))
  for (let round = 0; round <= unlessQuick(PROCESSES); round += 1) {
    for (const [index, [, , run]] of candidates.entries()) {
      const value = await run()
      if (round > 0) taken[index]?.rounds.push([value])
    }
  }
  return { title, unit, rows: rowsOf(taken) }
}
