import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { BodyChildren, type Child, type ChildrenOwner } from '../../actors/inside/body/body-children.js'
import type { ToRuntime } from '../../src/protocol/messages.js'

function childrenOf(posted: ToRuntime[] = []): BodyChildren {
  const post = (message: ToRuntime): void => void posted.push(message)
  const owner = { ticket: 1, info: { run: 'run' }, isLive: true, host: {}, post, postNow: post }
  return new BodyChildren(owner as unknown as ChildrenOwner, 0)
}

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

describe('the signal that a spawn was given', () => {
  it('cancels the child when it fires, and nothing once that has settled (I9, S16)', () => {
    const posted: ToRuntime[] = []
    const children = childrenOf(posted)
    const [first, second] = [new AbortController(), new AbortController()]
    children.link('a0.1', first.signal)
    children.link('a0.2', second.signal)
    first.abort('enough')
    expect(posted).toMatchObject([{ type: 'cancel', id: 'a0.1', reason: { source: 'signal' } }])
    const child: Partial<Child> = { id: 'a0.2', index: 2, isUnheard: false, isListenedTo: false }
    children.ended(child as Child)
    expect(listeners(second.signal)).toBe(0)
    second.abort('too late')
    expect(posted).toHaveLength(1)
  })

  it('is listened to no more when the body that spawned it has ended (I9)', () => {
    const children = childrenOf()
    const { signal } = new AbortController()
    for (const id of ['a0.1', 'a0.2', 'a0.3']) children.link(id, signal)
    expect(listeners(signal)).toBeGreaterThan(0)
    children.parentEnded()
    expect(listeners(signal)).toBe(0)
  })
})
