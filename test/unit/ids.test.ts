import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { childId, childIndex, depthOf, isActionId, ROOT_ID, spawnerId } from '../../src/protocol/ids.js'

describe('ids', () => {
  it('are paths: the third child of the root is a0.3, its first a0.3.1', () => {
    expect(childId(childId(ROOT_ID, 3), 1)).toBe('a0.3.1')
    expect(spawnerId('a0.3.1')).toBe('a0.3')
    expect(childIndex('a0.3.1')).toBe(1)
    expect(depthOf('a0.3.1')).toBe(2)
  })

  it('give a root depth 0, no spawner and no index', () => {
    expect(depthOf(ROOT_ID)).toBe(0)
    expect(spawnerId(ROOT_ID)).toBeUndefined()
    expect(childIndex(ROOT_ID)).toBeNaN()
  })

  it('name spawner, index and depth again, for any path', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10 ** 9 }), { minLength: 1, maxLength: 30 }), (path) => {
        const id = path.reduce(childId, ROOT_ID)
        expect(isActionId(id)).toBe(true)
        expect(depthOf(id)).toBe(path.length)
        expect(childIndex(id)).toBe(path.at(-1))
        expect(spawnerId(id)).toBe(path.slice(0, -1).reduce(childId, ROOT_ID))
      }),
    )
  })

  it.each([
    '',
    'a',
    'a1',
    'a0.',
    'a0.0',
    'a0.01',
    'a0.-1',
    'a0.1.',
    'a0..1',
    'a0.1e3',
    ' a0',
    'a0\n',
    'b0.1',
  ])('are told from other texts: %j', (text) => {
    expect(isActionId(text)).toBe(false)
  })
})
