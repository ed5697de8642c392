/**
 * One of several children fails. Their parent catches that very error, by its code, cancels the others, waits until
 * they have ended, and goes on.
 */
import { action, createRuntime, isActionThread, isHeddleError } from 'heddle'
import type { Outcome } from 'heddle'

/** An error of the app's own. Its name becomes the `code` of what the parent catches, across threads. */
class ValueError extends Error {
  override readonly name = 'ValueError'
}

export const sleepFor = action(
  import.meta,
  'sleepFor',
  { cpu: 0 },
  async ({ seconds }: { seconds: number }, ctx) => {
    await ctx.sleep(seconds * 1000)
    return `slept for ${seconds} s`
  },
)

export const failAfter = action(
  import.meta,
  'failAfter',
  { cpu: 0 },
  async ({ seconds, value }: { seconds: number; value: number }, ctx): Promise<string> => {
    await ctx.sleep(seconds * 1000)
    throw new ValueError(`${value} is not a value to work with`)
  },
)

export const main = action(
  import.meta,
  'main',
  { cpu: 0 },
  async ({ sleepers = 5, seconds = 1 }: { sleepers?: number; seconds?: number } | undefined = {}, ctx) => {
    // One ends before the failure, the others would sleep for a minute.
    const children = [
      ctx.spawn(sleepFor, { seconds: 0.5 }, { name: 'short sleeper' }),
      ...Array.from({ length: sleepers }, (_, index) =>
        ctx.spawn(sleepFor, { seconds: 60 }, { name: `long sleeper ${index + 1}` }),
      ),
      ctx.spawn(failAfter, { seconds, value: -1 }, { name: 'thrower' }),
    ]

    let caught = 'nothing'
    try {
      await Promise.all(children)
    } catch (error) {
      // Somebody outside may have aborted a child, too. Anything else, an abort of this action also, is not for us.
      const isAbortOfChild = isHeddleError(error, 'ActionAbortedError') && error.action !== ctx.info.id
      if (!isHeddleError(error, 'ValueError') && !isAbortOfChild) throw error
      caught = `code '${error.code}': ${error.message}`
      for (const child of children) child.cancel('a sibling has failed')
    }

    const outcomes = await Promise.all(children.map((child) => child.settled()))
    const ended = outcomes.map((outcome, index) => {
      const { id, name } = children[index]!
      return `${id}  ${name.padEnd(14)}  ${describe(outcome)}`
    })
    return { caught, ended }
  },
)

/** How an action ended, in words. */
function describe(outcome: Outcome<string>): string {
  switch (outcome.status) {
    case 'succeeded':
      return `succeeded  '${outcome.output}'`
    case 'failed':
      return `failed     ${outcome.error.code}`
    case 'timedOut':
    case 'aborted':
      return `${outcome.status.padEnd(9)}  by ${outcome.reason.by}: '${outcome.reason.message}', ${outcome.how}`
  }
}

// Threads import this file too, to find the actions in it: what starts the app is for the app alone.
if (!isActionThread) {
  const runtime = createRuntime({ threads: 1 })
  try {
    const startedAt = performance.now()
    const { caught, ended } = await runtime.run(main, { sleepers: 5, seconds: 1 })
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    console.log(`main caught ${caught}\n`)
    for (const line of ended) console.log(`  ${line}`)
    console.log(`\nmain returned normally after ${seconds} s.`)
  } finally {
    await runtime.close()
  }
}
