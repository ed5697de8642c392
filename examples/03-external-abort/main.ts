/**
 * Somebody outside aborts single actions of a run, by the run's name and their ids. The parent finds out who was
 * aborted, by whom and why, and returns normally; the others never notice.
 */
import { action, createRuntime, isActionThread, isHeddleError } from 'heddle'
import { z } from 'zod'

export const sleepFor = action(
  import.meta,
  'sleepFor',
  { cpu: 0 },
  async ({ seconds }: { seconds: number }, ctx) => {
    await ctx.sleep(seconds * 1000)
    return seconds
  },
)

/** What `main` takes. `heddle run` makes flags of it, and checks them by it. */
const input = z.object({
  sleepers: z.int().min(1).default(10).describe('how many sleep'),
  seconds: z.number().min(0).default(5).describe('for how long each'),
})

export const main = action(import.meta, 'main', { cpu: 0, input }, async ({ sleepers, seconds }, ctx) => {
  const children = Array.from({ length: sleepers }, (_, index) =>
    ctx.spawn(sleepFor, { seconds }, { name: `sleeper ${index + 1}` }),
  )
  const results = await Promise.allSettled(children)

  const aborted: string[] = []
  results.forEach((result, index) => {
    if (result.status === 'fulfilled') return
    const error: unknown = result.reason
    // An abort of a child is ours to handle; that of this action, or a failure, is not.
    if (!isHeddleError(error, 'ActionAbortedError') || error.action === ctx.info.id) throw error
    const { name, id } = children[index]!
    aborted.push(`${name} (${id}) by ${error.by}: ${error.reason.message}`)
  })
  return { slept: sleepers - aborted.length, aborted }
})

// Threads import this file too, to find the actions in it: what starts the app is for the app alone.
if (!isActionThread) {
  const runtime = createRuntime({ threads: 1 })
  try {
    const running = waitForRunning('sleeper', 10)
    const run = runtime.run(main, { sleepers: 10, seconds: 5 }, { name: 'nightly' })
    const ids = await running
    console.log(`Run '${run.run}' has ${ids.length} sleepers: ${ids.join(' ')}\n`)

    // Nothing here holds a handle of a sleeper: a name and an id are enough, as they are for the CLI and for HTTP.
    for (const id of [ids[1]!, ids[4]!, ids[7]!]) {
      const answer = runtime.abort(run.run, id, { reason: 'no longer needed', by: 'the operator' })
      console.log(`abort ${id}: accepted ${answer.accepted}, now ${answer.phase}`)
    }

    const { slept, aborted } = await run
    console.log(`\nmain returned normally: ${slept} slept to the end, ${aborted.length} were aborted:`)
    for (const line of aborted) console.log(`  ${line}`)

    const late = runtime.abort(run.run, ids[1], { reason: 'no longer needed', by: 'another operator' })
    console.log(`\nabort ${ids[1]} again: accepted ${late.accepted}, still ${late.phase}`)
  } finally {
    await runtime.close()
  }

  /** Ids of the first `count` actions that run under a name with this beginning. */
  async function waitForRunning(beginning: string, count: number): Promise<string[]> {
    const ids: string[] = []
    for await (const event of runtime.events()) {
      if (event.type !== 'phase' || event.phase !== 'running' || !event.name.startsWith(beginning)) continue
      if (ids.push(event.id) === count) break
    }
    return ids
  }
}
