// The style sheet of the page. Colours are Okabe and Ito's, which the colour-blind can tell apart.

/** Light and dark, by what the reader's system prefers. */
export const style: string = `
:root { color-scheme: light dark; --ground: #fbfbf9; --panel: #fff; --ink: #1c1f24; --soft: #5d6572; --rule: #e2e3df;
  --good: #0072b2; --best: #d55e00; --cut: #9aa3ad; --bad: #b3261e; --shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 6px 20px rgb(0 0 0 / 4%) }
@media (prefers-color-scheme: dark) { :root { --ground: #14161a; --panel: #1c1f25; --ink: #e9eaec; --soft: #9aa2ae; --rule: #31353d;
  --good: #56b4e9; --best: #e69f00; --cut: #646c77; --bad: #f2766c; --shadow: none } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1560px; padding: 32px 28px 64px; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 16px; margin: 0 0 2px }
p { margin: 0; color: var(--soft) }
section p { font-size: 13px; margin-bottom: 14px }
.facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 24px 0 }
.fact { background: var(--panel); box-shadow: var(--shadow); border: 1px solid var(--rule); border-radius: 10px; padding: 12px 18px; min-width: 130px; flex: 1 }
.fact b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; font-weight: 600 }
.fact span { color: var(--soft); font-size: 13px }
.fact.lead b { color: var(--best) }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 560px), 1fr)); gap: 18px }
section { background: var(--panel); box-shadow: var(--shadow); border: 1px solid var(--rule); border-radius: 10px; padding: 18px 20px; min-width: 0 }
section.wide { grid-column: 1 / -1 }
svg { display: block; width: 100%; height: auto; overflow: visible }
.wide svg { max-height: 460px }
.tick { font-size: 11px; fill: var(--soft); font-variant-numeric: tabular-nums }
.axis { font-size: 12px; fill: var(--ink) }
.halo { paint-order: stroke; stroke: var(--panel); stroke-width: 3px }
.grid { stroke: var(--rule); stroke-width: 1 }
.rule { stroke: var(--soft); stroke-width: 1 }
.line { fill: none; stroke-width: 1.2; stroke-linejoin: round }
.line.completed, .line.running { stroke: var(--good); opacity: .55 }
.line.pruned, .line.stopped, .line.aborted, .line.interrupted { stroke: var(--cut); opacity: .6 }
.line.failed { stroke: var(--bad) }
.line.best { stroke: var(--best); stroke-width: 2.4; opacity: 1 }
.line:hover, .parallel:hover { stroke: var(--best); stroke-width: 3; opacity: 1 }
.dot { fill: var(--good) }
.dot.pruned, .dot.stopped, .dot.aborted, .dot.interrupted { fill: var(--cut) }
.dot.failed { fill: var(--bad) }
.parallel { fill: none; stroke: color-mix(in oklab, var(--best) calc(var(--rank) * var(--rank) * 100%), var(--cut));
  stroke-width: calc(.6px + var(--rank) * 1px); opacity: calc(.15 + var(--rank) * var(--rank) * .7) }
.bar { fill: var(--good) }
.span { fill: var(--good) }
.span.pruned, .span.stopped, .span.aborted, .span.interrupted { fill: var(--cut) }
.span.failed { fill: var(--bad) }
.span.best { fill: var(--best) }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); white-space: nowrap }
th { color: var(--soft); font-weight: 500 }
td.reason { white-space: normal; min-width: 260px; color: var(--soft) }
tr.best td { font-weight: 600; color: var(--best) }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 13px; color: var(--soft); margin: 10px 0 0 }
.legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; background: var(--good) }
.legend i.cut { background: var(--cut) } .legend i.bad { background: var(--bad) } .legend i.best { background: var(--best) }
footer { margin-top: 28px; color: var(--soft); font-size: 13px }
`
