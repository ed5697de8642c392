import { random, tpe, halton } from 'heddle/sweep'
import { testFunctions } from './build/bench/sweep/test-functions.js'
const seeds = Number(process.argv[2] ?? 20),
  n = 100
const med = (v) => v.toSorted((a, b) => a - b)[v.length >> 1]
for (const f of testFunctions) {
  const line = [f.name.padEnd(12)]
  for (const make of [random, halton, tpe]) {
    const bests = []
    const t = performance.now()
    for (let seed = 0; seed < seeds; seed++) {
      const s = make({ seed }).start(f.space, { direction: 'minimize' })
      let best = Infinity
      for (let i = 0; i < n; i++) {
        const { number, parameters } = s.suggest()
        const v = f.evaluate(parameters)
        best = Math.min(best, v)
        s.tell(number, { value: v })
      }
      bests.push(best - f.minimum)
    }
    line.push(
      `${make.name} ${med(bests).toPrecision(3)} (${((performance.now() - t) / seeds / n).toFixed(3)} ms)`,
    )
  }
  console.log(line.join('  '))
}
