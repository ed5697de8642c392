// The style sheet of the page. Its greys, blue and vermilion are the console's; those who don't tell red from green can tell
// them apart, and best, completed and pruned differ in lightness, too.

const STATES = ['pruned', 'paused', 'stopped', 'aborted', 'interrupted'] as const

/** A selector for all states of trials that were stopped early. */
function cut(prefix: string): string {
  return STATES.map((state) => `${prefix}.${state}`).join(', ')
}

/** Ten levels of a surface. */
const levels = Array.from(
  { length: 10 },
  (_, level) =>
    `.l${level} { fill: color-mix(in oklab, var(--good) ${Math.round((level / 9) ** 1.5 * 78)}%, var(--panel)) }`,
).join('\n')

/** Light and dark, by what the reader's system prefers. */
export const style: string = `
:root { color-scheme: light dark; --ground: #f6f7f9; --panel: #fff; --ink: #1b2029; --soft: #596273; --rule: #e1e5ea; --strong: #c3cad4;
  --good: #0061be; --best: #b86200; --cut: #8d97a6; --bad: #bd2e00; --accent: #1d5fd1; --shadow: 0 1px 2px rgb(20 26 38 / 6%) }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1216; --panel: #161a20; --ink: #e4e7ec; --soft: #9ca5b4; --rule: #272d36;
  --strong: #3b434f; --good: #4a9eff; --best: #f5b13d; --cut: #6d7787; --bad: #f0641c; --accent: #6ea8ff; --shadow: none } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1560px; padding: 28px 24px 56px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif }
h1 { font-size: 24px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 15px; margin: 0 0 2px; font-weight: 600 }
p { margin: 0; color: var(--soft); overflow-wrap: anywhere }
section p { font-size: 13px; margin-bottom: 14px }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(124px, 1fr)); gap: 10px; margin: 20px 0 }
.fact { background: var(--panel); box-shadow: var(--shadow); border: 1px solid var(--rule); border-radius: 8px; padding: 10px 14px; min-width: 0 }
.fact b { display: block; font-size: 21px; line-height: 1.3; font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere }
.fact span { color: var(--soft); font-size: 13px; line-height: 1.3; display: block; overflow-wrap: anywhere }
.fact.lead { border-color: var(--best) }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 14px }
section { background: var(--panel); box-shadow: var(--shadow); border: 1px solid var(--rule); border-radius: 8px; padding: 16px 18px; min-width: 0 }
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
.tick { font-size: 11.5px; fill: var(--soft); font-variant-numeric: tabular-nums }
.axis { font-size: 12px; fill: var(--ink) }
.halo { paint-order: stroke; stroke: var(--panel); stroke-width: 3px; stroke-linejoin: round }
.grid { stroke: var(--rule); stroke-width: 1 }
.rule { stroke: var(--strong); stroke-width: 1 }
.rung { stroke: var(--strong); stroke-width: 1.5; stroke-dasharray: 3 4 }
.line, .parallel { fill: none; stroke-linejoin: round; vector-effect: non-scaling-stroke }
.line { stroke-width: 1.2 }
.line.completed, .line.running { stroke: var(--good); opacity: .6 }
.line.strong { stroke-width: 2; opacity: 1 }
${cut('.line')} { stroke: var(--cut); opacity: .55 }
.line.failed { stroke: var(--bad) }
.line.best { stroke: var(--best); stroke-width: 2.4; opacity: 1 }
.line:hover, .parallel:hover { stroke: var(--best); stroke-width: 3; opacity: 1 }
.dot { fill: var(--good); fill-opacity: .8 }
${cut('.dot')} { fill: var(--cut) }
.dot.failed { fill: var(--bad) }
.dot.best { fill: var(--best); fill-opacity: 1; r: 5px; stroke: var(--panel); stroke-width: 1.5 }
.dot.out { fill: var(--panel); stroke: var(--cut); stroke-width: 1.5 }
.dot.ranked { fill: color-mix(in oklab, var(--good) calc(var(--rank) * var(--rank) * 100%), var(--strong)); fill-opacity: .9; r: 3.8px; stroke: var(--panel); stroke-width: .6 }
.dot.hollow { fill: var(--panel); fill-opacity: .7; stroke: var(--ink); stroke-width: .8; stroke-opacity: .6; r: 2.6px }
.dot:hover { stroke: var(--ink); stroke-width: 2; stroke-opacity: 1 }
${levels}
.parallel { stroke: color-mix(in oklab, var(--best) calc(var(--rank) * var(--rank) * 100%), var(--cut));
  stroke-width: calc(.6px + var(--rank) * 1px); opacity: calc(.15 + var(--rank) * var(--rank) * .7) }
.span { fill: var(--good); rx: 1.5px }
${cut('.span')} { fill: var(--cut) }
.span.failed { fill: var(--bad) }
.span.best { fill: var(--best) }
.bars { display: grid; grid-template-columns: minmax(0, max-content) minmax(120px, 1fr); gap: 8px 12px; margin: 0; font-size: 13px; align-items: center }
.bars dt { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; direction: rtl; text-align: right; unicode-bidi: plaintext }
.bars dd { margin: 0; display: flex; align-items: center; gap: 8px; font-variant-numeric: tabular-nums; color: var(--soft) }
.bars i { height: 14px; min-width: 2px; border-radius: 2px; background: var(--good) }
.bars span { white-space: nowrap }
.scroll { overflow-x: auto }
.scroll.tall { max-height: 560px; overflow: auto; border: 1px solid var(--rule); border-radius: 6px }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 5px 12px; border-bottom: 1px solid var(--rule); white-space: nowrap }
th { position: sticky; top: 0; background: var(--panel); padding: 0 }
th button { all: unset; box-sizing: border-box; width: 100%; padding: 7px 12px; color: var(--soft); cursor: pointer; font-weight: 500 }
th button:hover { color: var(--ink) }
th button:focus-visible, .scroll:focus-visible, .button:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px }
th[aria-sort=ascending] button::after { content: ' ↑' }
th[aria-sort=descending] button::after { content: ' ↓' }
td.number, th.number button { text-align: right }
td.reason { white-space: normal; min-width: 300px; color: var(--soft) }
tr.best td { font-weight: 600 }
tr.best td:first-child { box-shadow: inset 3px 0 var(--best) }
.state i { display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 7px; background: var(--good) }
${cut('.state i')} { background: var(--cut) }
.state i.failed { background: var(--bad) }
.button { float: right; margin: -34px 0 8px; padding: 4px 10px; border: 1px solid var(--strong); border-radius: 6px; color: var(--accent); font-size: 13px; text-decoration: none }
.button:hover { background: var(--ground) }
.scroll.tall { clear: both }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 13px; color: var(--soft); margin: 8px 0 0 }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; background: var(--good) }
.legend i.cut { background: var(--cut) } .legend i.bad { background: var(--bad) } .legend i.best { background: var(--best) }
footer { margin-top: 24px; color: var(--soft); font-size: 13px }
@media (max-width: 560px) { body { padding: 18px 12px 40px } section { padding: 14px 12px } .plot { padding-left: 52px; padding-right: 6px }
  .parallels, .spans { padding-left: 8px } .wide-only { display: none } .button { float: none; display: inline-block; margin: 0 0 10px } }
@media print { .scroll.tall { max-height: none } }
`
