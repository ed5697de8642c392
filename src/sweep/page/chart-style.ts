// The style of the drawings, in the static report and in the console. No element has a style of its own: the console's page
// allows none. So a rank is a class, in steps.

const STATES = ['pruned', 'paused', 'stopped', 'aborted', 'interrupted'] as const

/** A selector for all states of trials that were stopped early. */
export function cut(prefix: string): string {
  return STATES.map((state) => `${prefix}.${state}`).join(', ')
}

/** Ten levels of a surface. */
const levels = Array.from(
  { length: 10 },
  (_, level) =>
    `.l${level} { fill: color-mix(in oklab, var(--phase-succeeded) ${Math.round((level / 9) ** 1.5 * 78)}%, var(--surface)) }`,
).join('\n')

/** So many steps from the worst to the best. */
const RANKS = 20

/** The class of a rank, 0 for the worst, 1 for the best. */
export function rankClass(rank: number): string {
  return `r${Math.round(rank * RANKS)}`
}

const ranks = Array.from({ length: RANKS + 1 }, (_, at) => `.r${at} { --rank: ${at / RANKS} }`).join('\n')

/** What drawings look like. */
export const chartStyle: string = `${ranks}
.plot { position: relative; padding: 26px 12px 42px 58px }
.plot > svg { display: block; width: 100%; height: 240px; overflow: visible }
.y-name, .x-name { position: absolute; font-size: var(--type-small); line-height: 16px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: calc(100% - 24px) }
.y-name { left: 0; top: 0 }
.x-name { right: 12px; bottom: 2px }
.slices { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr)); gap: 14px 18px }
.slices .plot > svg { height: 190px }
.parallels { padding: 32px 10px 12px 10px }
.parallels > svg { height: 320px }
.spans { padding: 2px 8px 26px }
.tick { font-size: var(--type-small); fill: var(--text-muted); font-variant-numeric: tabular-nums }
.axis { font-size: var(--type-small); fill: var(--text) }
.halo { paint-order: stroke; stroke: var(--surface); stroke-width: 3px; stroke-linejoin: round }
.grid { stroke: var(--line); stroke-width: 1 }
.rule { stroke: var(--line-strong); stroke-width: 1 }
.rung { stroke: var(--line-strong); stroke-width: 1.5; stroke-dasharray: 3 4 }
.line, .parallel { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke }
.line { stroke-width: 1.2 }
.line.completed { stroke: var(--phase-succeeded); opacity: .6 }
.line.running { stroke: var(--phase-running); opacity: .6 }
.line.strong { stroke-width: 2; opacity: 1 }
${cut('.line')} { stroke: var(--cut); opacity: .55 }
.line.failed { stroke: var(--phase-failed); opacity: .6 }
.line.best { stroke: var(--best); stroke-width: 2.4; opacity: 1 }
.line:hover, .parallel:hover { stroke: var(--best); stroke-width: 3; opacity: 1 }
.dot { fill: var(--phase-succeeded); fill-opacity: .8 }
.dot.running { fill: var(--phase-running) }
${cut('.dot')} { fill: var(--cut) }
.dot.failed { fill: var(--phase-failed) }
.dot.best { fill: var(--best); fill-opacity: 1; r: 5px; stroke: var(--surface); stroke-width: 1.5 }
.dot.out { fill: var(--surface); stroke: var(--cut); stroke-width: 1.5 }
.dot.ranked { fill: color-mix(in oklab, var(--phase-succeeded) calc(var(--rank) * var(--rank) * 100%), var(--line-strong)); fill-opacity: .9; r: 3.8px; stroke: var(--surface); stroke-width: .6 }
.dot.hollow { fill: var(--surface); fill-opacity: .7; stroke: var(--text); stroke-width: .8; stroke-opacity: .6; r: 2.6px }
.dot:hover { stroke: var(--text); stroke-width: 2; stroke-opacity: 1 }
${levels}
.parallel { stroke: color-mix(in oklab, var(--best) calc(var(--rank) * var(--rank) * 100%), var(--cut));
  stroke-width: calc(.6px + var(--rank) * 1px); opacity: calc(.15 + var(--rank) * var(--rank) * .7) }
.span { fill: var(--phase-succeeded); rx: 1.5px }
${cut('.span')} { fill: var(--cut) }
.span.failed { fill: var(--phase-failed) }
.span.best { fill: var(--best) }
.shares { display: grid; grid-template-columns: minmax(0, max-content) minmax(120px, 1fr); gap: 8px 12px; margin: 0; font-size: var(--type-body); align-items: center }
.shares dt { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; direction: rtl; text-align: right; unicode-bidi: plaintext }
.shares dd { margin: 0; display: flex; align-items: center; gap: 8px; font-variant-numeric: tabular-nums; color: var(--text-muted) }
.shares svg { flex: 1; height: 14px }
.shares rect { fill: var(--phase-succeeded) }
.shares span { min-width: 52px; white-space: nowrap; text-align: right }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: var(--type-body); color: var(--text-muted); margin: 8px 0 0 }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; background: var(--phase-succeeded); forced-color-adjust: none }
.legend i.cut { background: var(--cut) } .legend i.bad { background: var(--phase-failed) } .legend i.best { background: var(--best) }`
