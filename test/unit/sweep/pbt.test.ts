import { pbt } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'

describe('pbt', () => {
  it.each([
    ['stops the worst while another one is there to be copied', 1, { kind: 'stop', trial: 3 }],
    ['has the worst go on where all others have come to their end', 2, { kind: 'goOn', trial: 3 }],
  ] as const)('%s', (_, atEnd, next) => {
    const search = pbt({ ready: 1, maxSteps: 2, population: 3, seed: 1 }).start({ direction: 'minimize' })
    for (const trial of [1, 2, 3]) search.begin?.(trial)
    expect(search.decide({ trial: 1, step: 1, value: 1 })).toBeUndefined()
    expect(search.decide({ trial: 2, step: 1, value: 2 })).toBeUndefined()
    expect(search.decide({ trial: 3, step: 1, value: 3 })).toHaveProperty('pause')
    search.paused?.(3)
    for (let trial = 1; trial <= atEnd; trial += 1) search.decide({ trial, step: 2, value: trial })
    expect(search.next?.({ isIdle: true, mayCopy: true })).toMatchObject(next)
  })
})
