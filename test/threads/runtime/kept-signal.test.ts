import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRuntime, type Runtime } from 'heddle'
import { whole } from '#fixtures/stopping.js'
import { expect, it } from 'vitest'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** A function of its own, so that nothing of its frame holds the signal. */
async function runOnce(runtime: Runtime): Promise<WeakRef<AbortSignal>> {
  const { signal } = new AbortController()
  await runtime.run(whole, { ending: 'return' }, { name: 'kept', signal })
  return new WeakRef(signal)
}

it("keeps nothing of the app's signal with a run that is over (S22, S29)", async () => {
  await using runtime = createRuntime({ threads: 1 })
  const signal = await runOnce(runtime)
  // A weak reference holds its target until the turn is over.
  await new Promise((resolve) => setImmediate(resolve))
  collect()
  expect(runtime.get('kept')).toBeDefined()
  expect(signal.deref()).toBeUndefined()
})
