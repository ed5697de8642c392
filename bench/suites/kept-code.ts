// How much is it the measuring? A suite collects garbage more often than a program does, and V8 then forgets hidden classes
// and compiled code that a program in use keeps. The same in processes of their own, without and with the flags that keep
// them: `--retain-maps-for-n-gc` and `--no-flush-bytecode`. No other suite sets them.

import { rowsOf, type Group, type Taken } from '../measure.js'
import { runProgram } from '../processes/run-program.js'
import { unlessQuick } from '../quick.js'
import type { Suite } from '../suite.js'

const FLAGS = ['--retain-maps-for-n-gc=1000', '--no-flush-bytecode']
const PROCESSES = 3

interface Printed {
  readonly bulk: Group
  readonly alone: Group
}

export const keptCode: Suite = {
  name: 'kept-code',
  question: 'What do flags of V8 change that keep compiled code?',
  async run() {
    const without: Printed[] = []
    const kept: Printed[] = []
    for (let turn = 0; turn < unlessQuick(PROCESSES); turn += 1) {
      without.push((await runProgram('bulk')) as Printed)
      kept.push((await runProgram('bulk', [], FLAGS)) as Printed)
    }
    return {
      groups: [
        beside('10,000 no-ops at once', 'µs each', 'k/s', without, kept, ({ bulk }) => bulk),
        beside('one no-op at a time', 'µs', undefined, without, kept, ({ alone }) => alone),
      ],
      goals: [],
    }
  },
}

/** Each row as it was without the flags, and with them: medians of the processes' medians. */
function beside(
  title: string,
  unit: string,
  rate: string | undefined,
  without: readonly Printed[],
  kept: readonly Printed[],
  pick: (one: Printed) => Group,
): Group {
  const [first] = without
  if (first === undefined) throw new Error('no process has run')
  const taken = pick(first).rows.flatMap(({ name, kind }): Taken[] =>
    [
      { label: name, runs: without },
      { label: `${name}, code kept`, runs: kept },
    ].map(({ label, runs }) => ({
      name: label,
      kind,
      rounds: runs.map((run) => [pick(run).rows.find((row) => row.name === name)?.p50 ?? Number.NaN]),
    })),
  )
  return { title: `${title}, in processes of their own`, unit, ...(rate && { rate }), rows: rowsOf(taken) }
}
