// The style sheet of the page, in the colours of the console.

import { declareColours } from './colours.js'

const STATES = ['pruned', 'paused', 'stopped', 'aborted', 'interrupted'] as const

/** A selector for all states of trials that were stopped early. */
function cut(prefix: string): string {
  return STATES.map((state) => `${prefix}.${state}`).join(', ')
}

/** Ten levels of a surface. */
const levels = Array.from(
  { length: 10 },
  (_, level) =>
    `.l${level} { fill: color-mix(in oklab, var(--phase-succeeded) ${Math.round((level / 9) ** 1.5 * 78)}%, var(--surface)) }`,
).join('\n')

/** Light and dark, by what the reader's system prefers. */
export const style: string = `
:root { color-scheme: light dark; --shadow: 0 1px 2px rgb(20 26 38 / 6%);
  ${declareColours('light')} }
@media (prefers-color-scheme: dark) { :root { --shadow: none;
  ${declareColours('dark')} } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1560px; padding: 28px 24px 56px; background: var(--ground); color: var(--text);
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 15px; margin: 0 0 2px; font-weight: 600 }
p { margin: 0; color: var(--text-muted); overflow-wrap: anywhere }
section p { font-size: 13px; margin-bottom: 14px }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(124px, 1fr)); gap: 10px; margin: 20px 0 }
.fact { background: var(--surface); box-shadow: var(--shadow); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; min-width: 0 }
.fact b { display: block; font-size: 21px; line-height: 1.3; font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere }
.fact span { color: var(--text-muted); font-size: 13px; line-height: 1.3; display: block; overflow-wrap: anywhere }
.fact.lead { border-color: var(--best) }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 14px }
section { background: var(--surface); box-shadow: var(--shadow); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; min-width: 0 }
section.wide { grid-column: 1 / -1 }
.plot { position: relative; padding: 26px 12px 42px 58px }
.plot > svg { display: block; width: 100%; height: 240px; overflow: visible }
.y-name, .x-name { position: absolute; font-size: 12px; line-height: 16px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; max-width: calc(100% - 24px) }
.y-name { left: 0; top: 0 }
.x-name { right: 12px; bottom: 2px }
.slices { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr)); gap: 14px 18px }
.slices .plot > svg { height: 190px }
.parallels { padding: 32px 10px 12px 10px }
.parallels > svg { height: 320px }
.spans { padding: 2px 8px 26px }
.tick { font-size: 11.5px; fill: var(--text-muted); font-variant-numeric: tabular-nums }
.axis { font-size: 12px; fill: var(--text) }
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
.bars { display: grid; grid-template-columns: minmax(0, max-content) minmax(120px, 1fr); gap: 8px 12px; margin: 0; font-size: 13px; align-items: center }
.bars dt { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; direction: rtl; text-align: right; unicode-bidi: plaintext }
.bars dd { margin: 0; display: flex; align-items: center; gap: 8px; font-variant-numeric: tabular-nums; color: var(--text-muted) }
.bars i { height: 14px; min-width: 2px; border-radius: 2px; background: var(--phase-succeeded) }
.bars span { white-space: nowrap }
.scroll { overflow-x: auto }
.scroll.tall { max-height: 560px; overflow: auto; border: 1px solid var(--line); border-radius: 6px }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 5px 12px; border-bottom: 1px solid var(--line); white-space: nowrap }
th { position: sticky; top: 0; background: var(--surface); padding: 0 }
th button { all: unset; box-sizing: border-box; width: 100%; padding: 7px 12px; color: var(--text-muted); cursor: pointer; font-weight: 500 }
th button:hover { color: var(--text) }
th button:focus-visible, .scroll:focus-visible, .button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px }
th[aria-sort=ascending] button::after { content: ' ↑' }
th[aria-sort=descending] button::after { content: ' ↓' }
td.number, th.number button { text-align: right }
td.reason { white-space: normal; min-width: 300px; color: var(--text-muted) }
tr.best td { font-weight: 600 }
tr.best td:first-child { box-shadow: inset 3px 0 var(--best) }
.state i { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 7px; background: var(--phase-succeeded) }
${cut('.state i')} { background: var(--cut) }
.state i.running { background: var(--phase-running) }
.state i.failed { background: var(--phase-failed) }
.button { float: right; margin: -34px 0 8px; padding: 4px 10px; border: 1px solid var(--line-strong); border-radius: 6px; color: var(--accent); font-size: 13px; text-decoration: none }
.button:hover { background: var(--ground) }
.scroll.tall { clear: both }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; color: var(--text-muted); margin: 8px 0 0 }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; background: var(--phase-succeeded) }
.legend i.cut { background: var(--cut) } .legend i.bad { background: var(--phase-failed) } .legend i.best { background: var(--best) }
footer { margin-top: 24px; color: var(--text-muted); font-size: 13px }
@media (max-width: 560px) { body { padding: 18px 12px 40px } section { padding: 14px 12px } .plot { padding-left: 52px; padding-right: 6px }
  .parallels, .spans { padding-left: 8px } .wide-only { display: none } .button { float: none; display: inline-block; margin: 0 0 10px } }
@media print { .scroll.tall { max-height: none } }
`
