// Does placing an action cost more where there are more lanes? The scheduler alone, in virtual time: of 100 000 actions, half of
// which are spawned by the others, on 8 to 8000 lanes that are 5 ms away.

import { collect, rowsOf, type Group, type Kind } from '../measure.js'
import { unlessQuick } from '../quick.js'
import { VirtualLanes, type Scheduled } from '../scheduling/virtual-lanes.js'
import { atMost, rowOf, type Suite } from '../suite.js'

const ACTIONS = unlessQuick(100_000, 2000)
/** How many lanes, and the mean length of an action, in milliseconds. */
const SIZES = [
  [8, 10],
  [256, 100],
  [1000, 1000],
  [8000, 1000],
  // Of these, as many end in a second as the main thread can hear of.
  [8000, 100],
] as const

export const scheduling: Suite = {
  name: 'scheduling',
  question: 'Does placing an action cost more where there are more lanes?',
  run() {
    const taken = new Map<string, Scheduled[]>()
    for (let round = 0; round <= unlessQuick(3); round += 1) {
      for (const [lanes, meanMs] of SIZES.slice(0, unlessQuick(SIZES.length, 2))) {
        collect()
        const scheduled = new VirtualLanes(lanes).run(ACTIONS, meanMs)
        const name = `${lanes} lanes, actions of ${meanMs} ms`
        if (round > 0) taken.set(name, [...(taken.get(name) ?? []), scheduled])
      }
    }
    const names = [...taken.keys()]
    const groupOf = (
      title: string,
      unit: string,
      figures: readonly (readonly [label: string, kind: Kind, figure: (one: Scheduled) => number])[],
    ): Group => ({
      title,
      unit,
      rows: rowsOf(
        names.flatMap((name) =>
          figures.map(([label, kind, figure]) => ({
            name: `${name}${label}`,
            kind,
            rounds: (taken.get(name) ?? []).map((one) => [figure(one)]),
          })),
        ),
      ),
    })
    const cpu = groupOf("the scheduler's time", 'µs per action', [
      ['', 'heddle', ({ cpuMs }) => (cpuMs * 1000) / ACTIONS],
    ])
    const step = groupOf('its longest step', 'ms', [['', 'heddle', ({ worstStepMs }) => worstStepMs]])
    const makespan = groupOf('until all have ended, in virtual time', 's', [
      ['', 'heddle', ({ makespanMs }) => makespanMs / 1000],
      [': work by lanes', 'beside', ({ idealMs }) => idealMs / 1000],
    ])
    return Promise.resolve({
      groups: [cpu, step, makespan],
      goals: names.flatMap((name) => [
        atMost(`${name}: the scheduler's time`, rowOf(cpu, name).p50, 20, 'µs per action'),
        atMost(`${name}: its longest step`, rowOf(step, name).p50, 10, 'ms'),
      ]),
    })
  },
}
