import { describe, expect, it } from 'vitest'
import { isHeddleError } from '../../../src/protocol/errors/is-heddle-error.js'
import {
  asha,
  budget,
  choice,
  grid,
  halton,
  hyperband,
  int,
  logUniform,
  median,
  patience,
  percentile,
  plateau,
  random,
  target,
  threshold,
  tpe,
  uniform,
  variants,
} from '../../../src/sweep/index.js'
import { resolveSweepOptions } from '../../../src/sweep/resolve-options.js'

/** As from JavaScript, where no compiler looks. */
function misspelt(options: object): never {
  return options as never
}

describe('a misspelt option of a sweep', () => {
  it.each([
    ['random', 'seed', () => random(misspelt({ sead: 7 }))],
    ['halton', 'seed', () => halton(misspelt({ sead: 7 }))],
    ['grid', 'levels', () => grid(misspelt({ level: 7 }))],
    ['tpe', 'startupTrials', () => tpe(misspelt({ seed: 1, startupTrial: 7 }))],
    ['asha', 'reduction', () => asha(misspelt({ reducton: 3 }))],
    ['hyperband', 'minSteps', () => hyperband(misspelt({ maxSteps: 9, minStep: 1 }))],
    ['median', 'minTrials', () => median(misspelt({ minTrial: 3 }))],
    ['percentile', 'interval', () => percentile(25, misspelt({ intervall: 3 }))],
    ['patience', 'minDelta', () => patience(misspelt({ reports: 3, minDetla: 0.1 }))],
    ['threshold', 'lower', () => threshold(misspelt({ upper: 1, lowr: 0 }))],
    ['target', 'when', () => target(0.9, misspelt({ wen: 'completed' }))],
    ['plateau', 'trials', () => plateau(misspelt({ trial: 3 }))],
    ['budget', 'epochs', () => budget(misspelt({ epoch: 3 }))],
    ['uniform', 'step', () => uniform(0, 1, misspelt({ steps: 0.1 }))],
    ['int', 'log', () => int(1, 9, misspelt({ logg: true }))],
    [
      'sweep',
      'pruner',
      () => resolveSweepOptions({ direction: 'minimize', metric: 'loss', pruners: asha() }),
    ],
  ])('is told by %s, which says what was meant: %s', (of, meant, call) => {
    const attempt = (): unknown => {
      try {
        return call()
      } catch (error) {
        return error
      }
    }
    const error = attempt() as Error
    expect(isHeddleError(error, 'ActionInputError')).toBe(true)
    expect(error.message).toMatch(
      new RegExp(`^${of}\\b.*there is no option '.*': did you mean '${meant}'\\?`),
    )
  })

  it.each([
    ['random() was given 7', () => random(misspelt(7 as never))],
    ['median() was given 5', () => median(misspelt(5 as never))],
    ['hyperband() was given 27', () => hyperband(misspelt(27 as never))],
    ['uniform(0, 1) was given 0.1', () => uniform(0, 1, misspelt(0.1 as never))],
    ['plateau() was given null', () => plateau(misspelt(null as never))],
    ['logUniform(1, 10) was also given {', () => logUniform(1, 10, misspelt({ step: 1 }))],
    ['choice() was also given {', () => choice([1, 2], misspelt({ ordered: true }))],
    ["variants('k') was also given", () => variants('k', { a: {} }, misspelt({ default: 'a' }))],
  ])('is one that is no object, or where none is taken: %s', (message, call) => {
    expect(call).toThrow(message)
    expect(call).toThrow(expect.objectContaining({ code: 'ActionInputError' }))
  })

  it('is none where it is left out by `undefined`', () => {
    expect(asha(misspelt({ reducton: undefined })).name).toBe('asha(reduction 3)')
  })
})
