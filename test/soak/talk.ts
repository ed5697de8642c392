// Bodies of a soak that talk: they read letters, call the app and each other, and drive logics. Each knows what it must
// get, and says where it gets something else.

import { action, isHeddleError, type ActionContext, type Outcome, type Services } from 'heddle'
import { assign, fromCallback, setup } from 'xstate'
import type { Plan } from './plan.js'
import { fault, type Context } from './said.js'

/** What the app serves to the bodies of a soak. */
interface SoakService {
  /** Gives back what it is given. */
  echo(text: string): string
  /** Throws, with a code of its own. */
  fail(text: string): never
}

declare module 'heddle' {
  interface Services {
    soak: SoakService
  }
}

/** The code of the error that the app's service throws. */
const FAIL_CODE = 'SOAK_FAILED'

const soakService: SoakService = {
  echo: (text) => text,
  fail(text) {
    throw Object.assign(new Error(text), { code: FAIL_CODE })
  },
}

/** The app's side of the services. Other programs that are compiled with this one declare others. */
export const services = { soak: soakService } as Services

/** How long a letter that was sent may be on its way, in milliseconds. */
const LETTER_MS = 15_000

/** Reads all of its letters: in their order, each once in an attempt, none left out (S25). */
export async function readLetters({ letters, read, slot }: Plan, ctx: Context): Promise<void> {
  // Where its spawner is tried again, another one follows the same plan.
  if (ctx.info.attempt === 1) Atomics.store(read, slot, 0)
  let last = Atomics.load(read, slot)
  let isFirst = true
  while (last < letters) {
    const letter = await ctx.receive({ timeoutMs: LETTER_MS })
    if (letter === undefined) {
      fault(ctx, `letter ${last + 1} of ${letters} has not come`)
      return
    }
    const { count } = letter
    // What the last attempt has read when its thread was lost may come again; never what was read in this one.
    const isRepeated = isFirst && ctx.info.attempt > 1 && count <= last
    if (count !== last + 1 && !isRepeated) fault(ctx, `letter ${count} follows ${last}`)
    isFirst = false
    last = count
    Atomics.store(read, slot, count)
    ctx.emit({ type: 'receipt', count, of: letters })
  }
  const more = await ctx.receive({ timeoutMs: 0 })
  if (more !== undefined && ctx.info.attempt === 1)
    fault(ctx, `after all letters, letter ${more.count} comes`)
}

/** Calls the app's service. */
export async function callServices(ctx: Context): Promise<void> {
  const { soak } = ctx.services
  const { id } = ctx.info
  for (let count = 0; count < 5; count += 1) {
    const text = `${id} ${count}`
    const answer = await soak.echo(text)
    if (answer !== text) fault(ctx, `the service was asked '${text}', and answers '${answer}'`)
  }
  try {
    await soak.fail(id)
  } catch (error) {
    if (ctx.signal.aborted) throw error
    const { message, code } = error as Error & { code?: unknown }
    if (!message.includes(id) || code !== FAIL_CODE)
      fault(ctx, `the service has thrown for ${id}, and '${message}' (${String(code)}) arrives (I12)`)
    return
  }
  fault(ctx, 'the service has thrown, and the call resolves')
}

interface Adder {
  add(a: number, b: number): number
}

const exposing = action(
  import.meta,
  'exposing',
  { cpu: 0 },
  (_: void, ctx: ActionContext<{ exposes: Adder }>): Promise<never> => ctx.expose({ add: (a, b) => a + b }),
)

/** Calls what a child of its own exposes. */
export async function useRemote(ctx: Context): Promise<void> {
  const child = ctx.spawn(exposing)
  const adder = await child.remote()
  for (let count = 0; count < 4; count += 1) {
    const sum = await adder.add(count, 1)
    if (sum !== count + 1) fault(ctx, `${count} and 1 are ${sum}`)
  }
  child.cancel('not needed any more')
  const outcome = await child.settled()
  if (outcome.status === 'aborted') return
  throwIfThreadLost(outcome)
  fault(ctx, `${child.id} was cancelled and has ${outcome.status}`)
}

/** A neighbour on its thread may end that in any moment: then whoever waits for it fails, too. */
function throwIfThreadLost(outcome: Outcome<unknown>): void {
  if (outcome.status === 'failed' && isHeddleError(outcome.error, 'ThreadLostError')) throw outcome.error
}

const counting = action(
  import.meta,
  'counting',
  { cpu: 0 },
  setup({
    types: {
      context: {} as { count: number; upTo: number },
      input: {} as { upTo: number },
      events: {} as { type: 'add' },
      output: {} as number,
    },
  }).createMachine({
    context: ({ input }) => ({ count: 0, upTo: input.upTo }),
    initial: 'counting',
    states: {
      counting: {
        always: { guard: ({ context }) => context.count >= context.upTo, target: 'done' },
        on: { add: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
      },
      done: { type: 'final' },
    },
    output: ({ context }) => context.count,
  }),
)

/** Drives a machine in another thread by events. */
export async function countUp(ctx: Context): Promise<void> {
  const upTo = 4
  const child = ctx.spawn(counting, { upTo })
  for (let count = 0; count < upTo; count += 1) child.send({ type: 'add' })
  const counted = await child
  if (counted !== upTo) fault(ctx, `a machine was sent ${upTo} events, and has counted ${counted}`)
}

const calling = action(
  import.meta,
  'calling',
  { cpu: 0 },
  fromCallback<{ type: 'ask'; n: number }, void, { type: 'answer'; n: number }>(({ receive, emit }) => {
    receive(({ n }) => emit({ type: 'answer', n: n * 2 }))
  }),
)

/** Asks a logic that never ends by itself, and cancels it. */
export async function callBack({ ms }: Plan, ctx: Context): Promise<void> {
  const child = ctx.spawn(calling)
  const answered = new Promise<number>((resolve) => {
    child.on('answer', ({ n }) => resolve(n))
  })
  child.send({ type: 'ask', n: ms })
  // An abort from outside may strike it first.
  const answer = await Promise.race([ctx.idle(answered), child.settled()])
  if (typeof answer === 'object') {
    throwIfThreadLost(answer)
    if (answer.status !== 'aborted') fault(ctx, `${child.id} never ends by itself, and has ${answer.status}`)
  } else if (answer !== ms * 2) fault(ctx, `twice ${ms} is ${answer}`)
  child.cancel('not needed any more')
  try {
    await child
    fault(ctx, `${child.id} was cancelled, and resolves`)
  } catch (error) {
    if (ctx.signal.aborted || isHeddleError(error, 'ThreadLostError')) throw error
    if (!isHeddleError(error, 'ActionAbortedError'))
      fault(ctx, `${child.id} was cancelled, and rejects with ${String(error)}`)
  }
}
