import { describe, expect, it } from 'vitest'
import { stubAction } from 'heddle/actors'
import { createActor, waitFor } from 'xstate'
import { countingFunction } from '#fixtures/actors/counters.js'
import { sleeps } from '#fixtures/actors/logics.js'
import { word } from '../../support/shared-words.js'
import { machine } from '../../support/counting-machine.js'

describe('a stub of an action', () => {
  it('takes its place in a machine, with its types and no thread', async () => {
    const seen: unknown[] = []
    const stubbed = machine.provide({
      actors: {
        count: stubAction(countingFunction, async (start, { report, emit, onMessage }) => {
          onMessage((message) => seen.push(message))
          report({ context: { total: start } })
          emit({ type: 'added', total: 7 })
          await new Promise((resolve) => onMessage(({ type }) => type === 'finish' && resolve(undefined)))
          return start + 1
        }),
        sleep: stubAction(sleeps, (_input, { signal }) => {
          signal.addEventListener('abort', () => seen.push('stopped'))
          return new Promise(() => {})
        }),
      },
    })
    const actor = createActor(stubbed, { input: word() }).start()
    actor.send({ type: 'add', n: 5 })
    actor.send({ type: 'finish' })
    const { context } = await waitFor(actor, (snapshot) => snapshot.matches('sleeping'))
    expect(context).toMatchObject({ output: 101, heard: [7] })
    expect(context.sums[0]).toBe(100)
    actor.send({ type: 'leave' })
    expect(seen).toEqual([{ type: 'add', n: 5 }, { type: 'finish' }, 'stopped'])
  })

  it('fails as the action would', async () => {
    const stubbed = machine.provide({
      actors: {
        count: stubAction(countingFunction, () => {
          throw new RangeError('no')
        }),
      },
    })
    const actor = createActor(stubbed, { input: word() }).start()
    const { context } = await waitFor(actor, (snapshot) => snapshot.status === 'done')
    expect(context.error).toMatchObject({ message: 'no' })
  })
})
