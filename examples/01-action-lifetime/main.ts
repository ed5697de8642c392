/**
 * A root that ends while its child still sleeps. The child isn't forgotten: it is aborted, cleans up, and only then has
 * the run settled.
 */
import { action, createRuntime, isActionThread } from 'heddle'
import type { ActionRecord, Runtime, RuntimeEvent } from 'heddle'

/** Sleeps, unless it is aborted: then it cleans up, which may take a moment. */
export const sleepFor = action(
  import.meta,
  'sleepFor',
  { cpu: 0 },
  async ({ seconds }: { seconds: number }, ctx) => {
    ctx.log.info(`opens its file, then sleeps for ${seconds} s`)
    try {
      await ctx.sleep(seconds * 1000)
      ctx.log.info('has slept well')
    } finally {
      // Runs in any case. `ctx` would start nothing new now; what needs it to goes into `ctx.shield`.
      if (ctx.signal.aborted) ctx.log.warn('sees the abort, in the middle of its sleep')
      await closeFile()
      ctx.log.info('has closed its file')
    }
  },
)

/** The root. It starts a child, doesn't wait for it, and ends after its own delay. */
export const main = action(
  import.meta,
  'main',
  { cpu: 0 },
  async ({ delay = 2, childDelay = 10 }: { delay?: number; childDelay?: number } | undefined = {}, ctx) => {
    const sleeper = ctx.spawn(sleepFor, { seconds: childDelay }, { name: 'sleeper' })
    await ctx.sleep(delay * 1000)
    if (sleeper.phase === 'aborted') {
      // Somebody outside has stopped it in the meantime (`heddle abort`). That is no failure of its parent's.
      const outcome = await sleeper.settled()
      if (outcome.status === 'aborted') {
        return `done; ${sleeper.name} (${sleeper.id}) was aborted by ${outcome.reason.by}: ${outcome.reason.message}`
      }
    }
    ctx.log.info(`returns after ${delay} s, without waiting for its child`)
    return 'done'
  },
)

/** A clean-up that takes its time. */
async function closeFile(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 250))
}

// Threads import this file too, to find the actions in it: what starts the app is for the app alone.
if (!isActionThread) {
  const runtime = createRuntime({ threads: 1 })
  try {
    const timeline = printTimeline(runtime)
    const run = runtime.run(main, { delay: 2, childDelay: 10 })
    const output = await run
    await runtime.close() // ends the events, and so the timeline
    await timeline
    console.log(`\nThe run has settled: main gave '${output}', after all under it had ended.\n`)
    for (const record of run.actions()) console.log(summary(record))
  } finally {
    await runtime.close()
  }
}

/** Prints what happens to the actions, as it happens, until the runtime is closed. */
async function printTimeline(runtime: Runtime): Promise<void> {
  const names = new Map<string, string>()
  let startedAt: number | undefined
  for await (const event of runtime.events()) {
    if (event.type === 'snapshot' || event.type === 'gap') continue
    if (event.type === 'phase') names.set(event.id, event.name)
    startedAt ??= event.at
    const text = describe(event)
    if (text === undefined) continue
    const seconds = ((event.at - startedAt) / 1000).toFixed(2)
    console.log(
      `${seconds.padStart(6)} s  ${event.id.padEnd(5)} ${(names.get(event.id) ?? '').padEnd(8)} ${text}`,
    )
  }
}

/** What an event says, or `undefined` if it isn't worth a line. */
function describe(event: RuntimeEvent): string | undefined {
  switch (event.type) {
    case 'log':
      return event.message
    case 'phase':
      if (event.phase === 'running') return `starts, in thread ${event.thread}`
      if (event.phase === 'aborting') return `is being aborted: ${event.reason?.message}`
      if (event.phase === 'queued') return undefined
      return event.how === undefined ? `has ${event.phase}` : `has ended: ${event.phase}, ${event.how}`
    default:
      return undefined
  }
}

/** How an action ended, and if it was aborted, why and from where. */
function summary({ id, name, phase, reason, how, abortRequestedAt, settledAt }: ActionRecord): string {
  const start = `${id.padEnd(5)} ${name.padEnd(8)} ${phase}`
  if (reason === undefined) return start
  const took = Math.round((settledAt ?? NaN) - (abortRequestedAt ?? NaN))
  return `${start}: source '${reason.source}', origin ${reason.origin}, ${how}, ${took} ms from the abort to the end`
}
