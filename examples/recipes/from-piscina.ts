import { createRuntime, isActionThread } from 'heddle'
import { countPrimes } from './render.js'

// With Piscina: a file that exports a function, and
//   const pool = new Piscina({ filename: new URL('./count-primes.js', import.meta.url).href, maxThreads: 2, maxQueue: 100 })
//   const count = await pool.run({ below: 10_000 }, { signal })
if (!isActionThread) {
  const runtime = createRuntime({ threads: 2, maxQueued: 100 })
  try {
    const stop = new AbortController()
    const count = await runtime.run(countPrimes, { below: 10_000 }, { signal: stop.signal })
    console.log(`${count} primes`)

    // An abort is heard inside, where Piscina would kill the thread.
    const endless = runtime.run(countPrimes, { below: Infinity }, { signal: stop.signal })
    for await (const _ of endless.reports()) break // until it has begun
    stop.abort()
    const outcome = await endless.settled()
    console.log(outcome.status, outcome.status === 'aborted' ? outcome.how : '')
  } finally {
    await runtime.close()
  }
}
