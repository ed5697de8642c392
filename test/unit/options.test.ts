import { describe, expect, it } from 'vitest'
import {
  checkCallOptions,
  resolveActionOptions,
  resolvePriority,
  resolveTimeout,
  RUN_OPTIONS,
  type CallOptions,
} from '../../src/options.js'
import { checkCount, checkMilliseconds } from '../../src/checks/check-number.js'
import { isHeddleError } from '../../src/protocol/errors/is-heddle-error.js'

const of = "action 'train'"

function refusalOf(options: object): string {
  try {
    resolveActionOptions(options, of)
  } catch (error) {
    if (isHeddleError(error, 'ActionInputError')) return error.message
    throw error
  }
  return 'accepted'
}

describe('options', () => {
  it('have their defaults filled in', () => {
    expect(resolveActionOptions({}, of)).toEqual({
      cpu: 1,
      timeout: {},
      retries: { limit: 0, backoffMs: 0, factor: 2, maxBackoffMs: 30_000 },
      graceMs: undefined,
      priority: undefined,
      mailbox: { limit: 10_000, overflow: 'reject' },
    })
  })

  it('take a number for a timeout and for retries', () => {
    expect(resolveTimeout(50, of)).toEqual({ runMs: 50 })
    expect(resolveActionOptions({ retries: 3 }, of).retries).toMatchObject({ limit: 3, backoffMs: 0 })
  })

  it('keep every bound and setting that is given', () => {
    const timeout = { runMs: 1, queuedMs: 2, deadlineMs: 3 }
    const retries = { limit: 4, backoffMs: 5, factor: 1, maxBackoffMs: 6 }
    const mailbox = { limit: 7, overflow: 'dropOldest' as const }
    const on = { label: 'gpu' }
    const given = { cpu: 0.25, timeout, retries, graceMs: 0, priority: -1, mailbox, on }
    expect(resolveActionOptions(given, of)).toEqual(given)
  })

  it('accept the ends of their ranges', () => {
    for (const cpu of [0, 1]) expect(resolveActionOptions({ cpu }, of).cpu).toBe(cpu)
    expect(checkMilliseconds(Infinity, of, 'graceMs')).toBe(Infinity)
    expect(checkCount(Infinity, of, 'concurrency', 1)).toBe(Infinity)
    expect(resolvePriority(Infinity, of)).toBe(Infinity)
  })

  it('refuse to run what has no share anywhere but here', () => {
    for (const on of ['anywhere', 'cluster', { label: 'gpu' }] as const) {
      const shown = typeof on === 'string' ? `'${on}'` : "{ label: 'gpu' }"
      expect(refusalOf({ cpu: 0, on })).toContain(`${of}: the option 'on' is ${shown}, but what has cpu 0`)
      expect(resolveActionOptions({ cpu: 0.1, on }, of).on).toEqual(on)
    }
    expect(resolveActionOptions({ cpu: 0, on: 'here' }, of).on).toBe('here')
  })

  it('refuse a signal that is none, and take any that is', () => {
    const check = (signal: unknown): void => checkCallOptions({ signal } as CallOptions, RUN_OPTIONS, of)
    expect(() => check('stop')).toThrow(`${of}: the option 'signal' is 'stop', but must be an AbortSignal`)
    expect(() => check(new AbortController())).toThrow("'signal'")
    check(AbortSignal.abort())
    check(undefined)
  })

  it.each([
    ['cpu', { cpu: 1.1 }, '1.1'],
    ['cpu', { cpu: -0.1 }, '-0.1'],
    ['cpu', { cpu: NaN }, 'NaN'],
    ['cpu', { cpu: '1' }, "'1'"],
    ['graceMs', { graceMs: -1 }, '-1'],
    ['timeout', { timeout: -1 }, '-1'],
    ['timeout', { timeout: 'soon' }, "'soon'"],
    ['timeout', { timeout: null }, 'null'],
    ['timeout.queuedMs', { timeout: { queuedMs: '5' } }, "'5'"],
    ['timeout.deadlineMs', { timeout: { deadlineMs: NaN } }, 'NaN'],
    ['retries', { retries: 1.5 }, '1.5'],
    ['retries', { retries: 'thrice' }, "'thrice'"],
    ['retries', { retries: null }, 'null'],
    ['retries.limit', { retries: {} }, 'undefined'],
    ['retries.limit', { retries: { limit: -1 } }, '-1'],
    ['retries.factor', { retries: { limit: 1, factor: 0.5 } }, '0.5'],
    ['retries.factor', { retries: { limit: 1, factor: '2' } }, "'2'"],
    ['retries.backoffMs', { retries: { limit: 1, backoffMs: -5 } }, '-5'],
    ['priority', { priority: NaN }, 'NaN'],
    ['priority', { priority: 'high' }, "'high'"],
    ['on', { on: 'there' }, "'there'"],
    ['on', { on: null }, 'null'],
    ['on.label', { on: {} }, 'undefined'],
    ['on.label', { on: { label: '' } }, "''"],
    ['on.label', { on: { label: 'GPU' } }, "'GPU'"],
    ['on.label', { on: { label: 'a'.repeat(41) } }, `'${'a'.repeat(41)}'`],
    ['on.label', { on: { label: 'any' } }, "'any'"],
    ['mailbox', { mailbox: 5 }, '5'],
    ['mailbox', { mailbox: null }, 'null'],
    ['mailbox.limit', { mailbox: { limit: 0 } }, '0'],
    ['mailbox.overflow', { mailbox: { overflow: 'dropNewest' } }, "'dropNewest'"],
  ])('refuse a wrong %s by name and value: %j (S25)', (option, options, shown) => {
    expect(refusalOf(options)).toContain(`${of}: the option '${option}' is ${shown}, but must be `)
  })

  it.each([
    ['timout', { timout: 5 }, 'timeout'],
    ['grace', { grace: 5 }, 'graceMs'],
    ['colour', { colour: 5 }, undefined],
    ['gracems', { gracems: 5 }, 'graceMs'],
    ['timeout.runMS', { timeout: { runMS: 5 } }, 'timeout.runMs'],
    ['retries.limits', { retries: { limit: 1, limits: 1 } }, 'retries.limit'],
    ['mailbox.overflows', { mailbox: { overflows: 'reject' } }, 'mailbox.overflow'],
    ['on.labels', { on: { label: 'gpu', labels: 'big' } }, 'on.label'],
    ['__proto__', JSON.parse('{ "__proto__": 1 }') as object, undefined],
    ['constructor', { constructor: 1 }, undefined],
  ])('refuse %s, which is none, by name: %j', (key, options, nearest) => {
    const refusal = refusalOf(options)
    expect(refusal).toContain(`${of}: there is no option '${key}': `)
    if (nearest === undefined) expect(refusal).not.toContain('did you mean')
    else expect(refusal).toContain(`did you mean '${nearest}'? the options are '`)
  })

  it('take an unknown one for left out that is undefined, and look at own ones only', () => {
    const inherited: object = Object.create({ timout: 5 })
    for (const options of [{ timout: undefined }, { timeout: { runMS: undefined } }, inherited])
      expect(resolveActionOptions(options, of)).toEqual(resolveActionOptions({}, of))
  })

  it('cut the name of one that is endless', () => {
    expect(refusalOf({ ['x'.repeat(1_000_000)]: 1 }).length).toBeLessThan(500)
  })
})
