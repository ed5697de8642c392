// Values that can be posted, and not be read where they arrive (S26): a thread's stack of 4 MB writes what is nested
// thousands deep, and the app's of 1 MB can't read it.
import fc from 'fast-check'
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createRuntime, transfer, type Outcome, type Services } from 'heddle'
import {
  callsAll,
  isReadable,
  make,
  nested,
  reads,
  readsAgain,
  recursesUntilAborted,
  reportsWhileRecursing,
  returns,
  returnsAborted,
  returnsNested,
  says,
  serves,
  spawnsAll,
  takes,
  throwsWith,
  writesAll,
  type Echoes,
  type Kind,
} from '#fixtures/unreadable.js'
import { collectEvents } from '../../support/events.js'

const ALL: readonly Kind[] = ['small', 'deep', 'plain', 'detached', 'wide', 'deep', 'map']

const echoes: Echoes = { echo: (value) => value, make }
// Other fixtures declare services of their own.
const services = { echoes } as unknown as Services

/** The code of how an action ended, or that it succeeded. */
function codeOf(outcome: Outcome<unknown>): string {
  return outcome.status === 'failed' ? outcome.error.code : outcome.status
}

/** What `codeOf` gives for an action whose value is of that kind. */
function expectedFor(kind: Kind): string {
  return isReadable(kind) ? 'succeeded' : 'NotCloneableError'
}

describe('a value that arrives and cannot be read (S26)', () => {
  it('fails the action that returned it, and none that were told together with it', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const runs = ALL.map((kind) => runtime.run(returns, kind))
    const outcomes = await Promise.all(runs.map((run) => run.settled()))
    expect(outcomes.map(codeOf)).toEqual(ALL.map(expectedFor))
    const [, deep] = outcomes
    expect(deep?.status === 'failed' && deep.error.message).toMatch(
      /^what action a0 'returns' returned can't be read in the app's thread \(RangeError: .*\): .*return plain data$/,
    )
    expect(deep?.status === 'failed' && deep.error.action).toBe('a0')
    expect(await runtime.run(takes, 1)).toBe('number')
  })

  it('settles an action at any depth, also where the next thread is what cannot read it', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const codes: string[] = []
    for (let levels = 500; levels <= 6500; levels += 500) {
      codes.push(codeOf(await runtime.run(returnsNested, levels).settled()))
    }
    expect(codes[0]).toBe('succeeded')
    expect(codes.at(-1)).toBe('NotCloneableError')
    expect(codes.filter((code) => code !== 'succeeded' && code !== 'NotCloneableError')).toEqual([])
  })

  it('is left out of reports, events and log entries, with a warning, and what follows arrives', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.run(says, ALL)
    const values: unknown[] = []
    run.on('said', ({ value }) => values.push(value))
    expect(await run).toBe(ALL.length)
    expect(run.lastReport).toBe(ALL.length - 1)
    expect(values.filter((value) => typeof value === 'number' && value !== 1)).toEqual([0, 2, 3, 4, 5, 6])
    await runtime.close()
    await ended
    const entries = seen.filter((event) => event.type === 'log')
    const infos = entries.filter(({ level }) => level === 'info').map(({ message }) => message)
    expect(infos).toEqual(ALL.map((_, n) => `entry ${n}`))
    const warnings = entries.filter(({ level }) => level === 'warn').map(({ message }) => message)
    for (const what of [/^a report was dropped/, /^an event/, /^the fields of the log entry 'entry 1'/]) {
      expect(warnings.some((message) => what.test(message))).toBe(true)
    }
  })

  it('takes no error along that holds it', async () => {
    await using runtime = createRuntime({ threads: 1 })
    for (const kind of ALL) {
      expect(await runtime.run(throwsWith, kind).settled()).toMatchObject({
        status: 'failed',
        error: { code: 'RangeError', cause: { message: 'too much' } },
      })
    }
  })

  it('fails the child whose input it is, or that returned it, and not its siblings', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const ends = await runtime.run(spawnsAll, ALL)
    expect(ends).toEqual(
      ALL.flatMap((kind) => {
        const made = make(kind)
        return isReadable(kind) ? ['string', typeof made] : ['NotCloneableError', 'NotCloneableError']
      }),
    )
  })

  it('takes no other message along on its way to an action', async () => {
    await using runtime = createRuntime({ threads: 1 })
    expect(await runtime.run(writesAll, ALL)).toEqual([0, 2, 4, 6, -1])
  })

  it('fails the call of a service or an action that was given it, or returns it, and no other', async () => {
    await using runtime = createRuntime({ threads: 1, services })
    const ends = await runtime.run(callsAll, ALL)
    // The last of each four gives the app's value to a function in the calling thread, which can read it.
    const expected = ALL.flatMap((kind) => {
      const bad = 'NotCloneableError'
      if (kind === 'deep') return [bad, 'object', 'object', 'string']
      return isReadable(kind)
        ? [typeof make(kind), typeof make(kind), typeof make(kind), 'string']
        : [bad, bad, bad, 'string']
    })
    expect(ends).toEqual(expected)
  })

  it('fails the call of the app that it answers, and no other', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(serves)
    const api = await run.remote<{ make: (kind: Kind) => unknown }>()
    const answers = await Promise.allSettled(ALL.map((kind) => api.make(kind)))
    expect(
      answers.map((answer) =>
        answer.status === 'rejected' ? (answer.reason as { code: unknown }).code : 'succeeded',
      ),
    ).toEqual(ALL.map(expectedFor))
    run.cancel()
    await run.settled()
  })

  it('fails an action whose thread cannot read its input, and loses no message behind one', async () => {
    // A stack that is smaller than the app's.
    await using runtime = createRuntime({ threads: 1, resourceLimits: { stackSizeMb: 0.5 } })
    const levels = 1500
    const outcomes = await Promise.all([
      runtime.run(takes, 1).settled(),
      runtime.run(takes, nested(levels)).settled(),
      runtime.run(takes, 'text').settled(),
    ])
    expect(outcomes.map(codeOf)).toEqual(['succeeded', 'NotCloneableError', 'succeeded'])
    expect(outcomes[1]).toMatchObject({
      error: {
        message: expect.stringMatching(/^the input of action a0 'takes' can't be read in its thread/),
      },
    })
    const run = runtime.run(reads)
    run.send({ type: 'mail', n: 1 })
    run.send({ type: 'mail', n: 2, value: nested(levels) })
    run.send({ type: 'mail', n: 3 })
    run.send({ type: 'last', n: 4 })
    expect(await run).toEqual([1, 3, 4])
  })

  it('loses no message behind one that cannot be sent on', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { port1, port2 } = new MessageChannel()
    // Another attempt might need it, so it isn't moved; and a port can't be copied.
    const run = runtime.run(readsAgain)
    run.send({ type: 'mail', n: 1 })
    run.send({ type: 'mail', n: 2, value: transfer(port2) })
    run.send({ type: 'last', n: 3 })
    expect(await run).toEqual([1, 3])
    port1.close()
  })

  it('ends an aborted action by its abort (S4)', async () => {
    await using runtime = createRuntime({ threads: 1 })
    for (const kind of ['deep', 'plain', 'map'] as const) {
      const run = runtime.run(returnsAborted, kind)
      for await (const report of run.reports()) if (report === 'ready') break
      run.cancel('enough')
      expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    }
  })
})

describe('a stack without room (S26)', () => {
  it('delays the abort of a body that looks for it from there, and loses nothing', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const run = runtime.run(recursesUntilAborted, undefined, { graceMs: 15_000 })
    for await (const report of run.reports()) if (report === 'ready') break
    run.cancel('enough')
    expect(await run.settled()).toMatchObject({ status: 'aborted', how: 'cooperative' })
    expect(await runtime.run(takes, 1)).toBe('number')
  })

  it('takes no report for one that cannot be cloned', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const { seen, ended } = collectEvents(runtime)
    const run = runtime.run(reportsWhileRecursing)
    expect(await run).toBeGreaterThan(100)
    expect(run.lastReport).toBe('last')
    await runtime.close()
    await ended
    expect(seen.filter((event) => event.type === 'log')).toEqual([])
  })
})

describe('readable and unreadable values, mixed', () => {
  it('settle every action once, each by its own value, whatever is aborted meanwhile (S26)', async () => {
    await using runtime = createRuntime({ threads: 1, services })
    const kind = fc.constantFrom<Kind>('deep', 'detached', 'plain', 'small', 'wide', 'map')
    const kinds = fc.array(kind, { maxLength: 5 })
    const step = fc.record({
      what: fc.constantFrom('returns', 'says', 'spawnsAll', 'writesAll', 'callsAll', 'throwsWith'),
      kind,
      kinds,
      isAborted: fc.boolean(),
    })
    const start = ({
      what,
      kind: one,
      kinds: list,
    }: typeof step extends fc.Arbitrary<infer T> ? T : never) => {
      switch (what) {
        case 'returns':
          return runtime.run(returns, one)
        case 'says':
          return runtime.run(says, list)
        case 'spawnsAll':
          return runtime.run(spawnsAll, list)
        case 'writesAll':
          return runtime.run(writesAll, list)
        case 'callsAll':
          return runtime.run(callsAll, list)
        default:
          return runtime.run(throwsWith, one)
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const runs = steps.map(start)
        const neighbours = steps.map(() => runtime.run(takes, 1))
        for (const [n, { isAborted }] of steps.entries()) if (isAborted) runs[n]?.cancel('enough')
        const outcomes = await Promise.all(runs.map((run) => run.settled()))
        for (const [n, outcome] of outcomes.entries()) {
          const { what, kind: one, isAborted } = steps[n] as (typeof steps)[number]
          if (isAborted) {
            expect(outcome.status).toBe('aborted')
            continue
          }
          const expected =
            what === 'returns' ? expectedFor(one) : what === 'throwsWith' ? 'RangeError' : 'succeeded'
          expect(codeOf(outcome)).toBe(expected)
        }
        expect(await Promise.all(neighbours)).toEqual(steps.map(() => 'number'))
        const { queued, running, aborting } = runtime.stats()
        expect({ queued, running, aborting }).toEqual({ queued: 0, running: 0, aborting: 0 })
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})
