// `npm run bench [-- <suite> … --label <name> --compare <json> --quick]`: runs the suites in plain Node, prints what they find,
// keeps it as JSON with its charts, and says what has moved.

import { parseArgs } from 'node:util'
import { machine } from './machine.js'
import { printComparison, readResults } from './reporting/compare.js'
import { printFindings, printMachine, printQuestion, write } from './reporting/print.js'
import { keep } from './reporting/results.js'
import type { KeptFindings } from './reporting/kept-results.js'
import { shown, type Suite } from './suite.js'
import { suites } from './suites/all.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** What the result is called: `bench/results/<label>.json`. */
    label: { type: 'string' },
    compare: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const label = values.label ?? (values.quick ? 'quick' : 'latest')
const unknown = positionals.filter((asked) => !suites.some(({ name }) => isMeant(asked, name)))
if (unknown.length > 0) {
  process.stderr.write(
    `no suite ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}\n`,
  )
  process.exitCode = 2
} else if (!/^[\w.-]+$/.test(label)) {
  process.stderr.write(`--label '${label}' is not a file name: use letters, digits, '.', '-' and '_'\n`)
  process.exitCode = 2
} else {
  const then = values.compare === undefined ? undefined : await readResults(values.compare)
  const on = machine()
  printMachine(on)
  const found: Record<string, KeptFindings> = {}
  let at = ''
  let file = ''
  for (const suite of suites) {
    if (!isAsked(suite)) continue
    printQuestion(suite)
    const startedAt = performance.now()
    const findings = await suite.run()
    printFindings(findings)
    write(`  took ${shown((performance.now() - startedAt) / 1000)} s`)
    at = new Date().toISOString()
    found[suite.name] = { at, ...findings }
    // After each one: of an evening's run that is broken off, the rest isn't lost.
    file = await keep({ at, machine: on, suites: found }, label)
  }
  write(`\nwritten: ${file}`)
  if (then !== undefined) printComparison(then, { at, machine: on, suites: found })
}

/** Each by its name, or several by what their names begin with: `tuning`, `sweep`. */
function isMeant(asked: string, name: string): boolean {
  return name === asked || name.startsWith(`${asked}-`)
}

function isAsked({ name, isOnDemand }: Suite): boolean {
  if (positionals.length === 0) return isOnDemand !== true
  return positionals.some((asked) => isMeant(asked, name))
}
