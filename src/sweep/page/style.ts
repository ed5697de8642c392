// The style sheet of the page, in the colours of the console.

import { chartStyle, cut } from './chart-style.js'
import { declareColours } from './colours.js'
import { declareTypeScale } from './type-scale.js'

/** Light and dark, by what the reader's system prefers. */
export const style: string = `
:root { color-scheme: light dark; --shadow: 0 1px 2px rgb(20 26 38 / 6%);
  ${declareTypeScale()}
  ${declareColours('light')} }
@media (prefers-color-scheme: dark) { :root { --shadow: none;
  ${declareColours('dark')} } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 1560px; padding: 28px 24px 56px; background: var(--ground); color: var(--text);
  font: var(--type-body)/1.5 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif }
h1 { font-size: var(--type-title); line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: var(--type-heading); margin: 0 0 2px; font-weight: 600 }
p { margin: 0; color: var(--text-muted); overflow-wrap: anywhere }
section p { font-size: var(--type-body); margin-bottom: 14px }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(124px, 1fr)); gap: 10px; grid-column: 1 / -1; margin: 20px 0 6px }
.fact { background: var(--surface); box-shadow: var(--shadow); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; min-width: 0 }
.fact b { display: block; font-size: var(--type-title); line-height: 1.3; font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere }
.fact span { color: var(--text-muted); font-size: var(--type-body); line-height: 1.3; display: block; overflow-wrap: anywhere }
.fact.lead { border-color: var(--best) }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 14px }
section { background: var(--surface); box-shadow: var(--shadow); border: 1px solid var(--line); border-radius: 8px; padding: 16px 18px; min-width: 0 }
section.wide { grid-column: 1 / -1 }
${chartStyle}
.scroll { overflow-x: auto }
.scroll.tall { max-height: 560px; overflow: auto; border: 1px solid var(--line); border-radius: 6px }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: var(--type-body); font-variant-numeric: tabular-nums }
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
.button { float: right; margin: -34px 0 8px; padding: 4px 10px; border: 1px solid var(--line-strong); border-radius: 6px; color: var(--accent); font-size: var(--type-body); text-decoration: none }
.button:hover { background: var(--ground) }
.scroll.tall { clear: both }
footer { margin-top: 24px; color: var(--text-muted); font-size: var(--type-body) }
@media (max-width: 560px) { body { padding: 18px 12px 40px } section { padding: 14px 12px } .plot { padding-left: 52px; padding-right: 6px }
  .parallels, .spans { padding-left: 8px } .wide-only { display: none } .button { float: none; display: inline-block; margin: 0 0 10px } }
@media print { .scroll.tall { max-height: none } }
`
