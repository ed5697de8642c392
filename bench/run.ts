// `npm run bench [-- <suite> … --label <name> --compare <json>]`: runs the suites in plain Node, prints what they find,
// keeps it as JSON with its charts, and says what has moved.

import { parseArgs } from 'node:util'
import { machine } from './machine.js'
import { printComparison, readResults } from './reporting/compare.js'
import { printFindings, printMachine, printQuestion, write } from './reporting/print.js'
import { keep, type KeptFindings } from './reporting/results.js'
import { suites } from './suites/all.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** What the result is called: `bench/results/<label>.json`. */
    label: { type: 'string', default: 'latest' },
    compare: { type: 'string' },
  },
})
const unknown = positionals.filter((asked) => !suites.some(({ name }) => name === asked))
if (unknown.length > 0) {
  process.stderr.write(
    `no suite ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}\n`,
  )
  process.exitCode = 2
} else if (!/^[\w.-]+$/.test(values.label)) {
  process.stderr.write(
    `--label '${values.label}' is not a file name: use letters, digits, '.', '-' and '_'\n`,
  )
  process.exitCode = 2
} else {
  const then = values.compare === undefined ? undefined : await readResults(values.compare)
  const on = machine()
  printMachine(on)
  const found: Record<string, KeptFindings> = {}
  let at = ''
  let file = ''
  for (const suite of suites) {
    if (positionals.length > 0 && !positionals.includes(suite.name)) continue
    printQuestion(suite)
    const findings = await suite.run()
    printFindings(findings)
    at = new Date().toISOString()
    found[suite.name] = { at, ...findings }
    // After each one: of an evening's run that is broken off, the rest isn't lost.
    file = await keep({ at, machine: on, suites: found }, values.label)
  }
  write(`\nwritten: ${file}`)
  if (then !== undefined) printComparison(then, { at, machine: on, suites: found })
}
