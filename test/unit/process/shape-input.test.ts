import { describe, expect, it } from 'vitest'
import { shapeInput } from '../../../src/process/shape-input.js'
import type { CommandSpec } from '../../../src/protocol/resolved-options.js'

const PLACE = { name: 'train', run: 'r', id: 'a0' }
const INHERITED = { PATH: '/bin', OLD: 'old', NONE: undefined }

function shaped(
  input: unknown,
  spec: Partial<CommandSpec> = {},
  resources = {},
): ReturnType<typeof shapeInput> {
  return shapeInput(
    { argv: ['prog', 'a'], input: 'flags', env: {}, ...spec },
    input,
    resources,
    INHERITED,
    PLACE,
  )
}

describe('the input of a command', () => {
  it('as flags has dots for objects in objects, JSON for all but texts, and leaves out what is undefined', () => {
    const input = {
      lr: 1e-3,
      net: { size: { x: 1 }, kind: 'a=b c' },
      list: [{ a: 1 }],
      on: false,
      no: undefined,
      nil: null,
    }
    expect(shaped(input)).toEqual({
      argv: [
        'prog',
        'a',
        '--lr=0.001',
        '--net.size.x=1',
        '--net.kind=a=b c',
        '--list=[{"a":1}]',
        '--on=false',
        '--nil=null',
      ],
      env: { PATH: '/bin', OLD: 'old' },
    })
    expect(shaped(undefined).argv).toEqual(['prog', 'a'])
  })

  it('as variables stands over those of the option, which stand over those of the app', () => {
    const env = { OLD: undefined, A: 'a', B: 'b', GPUS: { resource: 'gpu' } }
    expect(shaped({ B: 'mine', C: [1], D: undefined }, { input: 'env', env }, { gpu: [0, 2] })).toEqual({
      argv: ['prog', 'a'],
      env: { PATH: '/bin', A: 'a', B: 'mine', C: '[1]', GPUS: '0,2' },
    })
  })

  it('as a document is one line of JSON, also where there is none', () => {
    expect(shaped({ a: [1, 'x\n'] }, { input: 'json' }).stdin).toBe('{"a":[1,"x\\n"]}\n')
    expect(shaped(undefined, { input: 'json' }).stdin).toBe('null\n')
  })

  it.each<readonly [string, unknown, Partial<CommandSpec>, string]>([
    ['a number as flags', 5, {}, "it is 5, but for the option input: 'flags' it must be an object"],
    ['an array as variables', [1], { input: 'env' }, "for the option input: 'env' it must be an object"],
    ['a name with an equals sign', { 'a=b': 1 }, {}, "'a=b' can't be the name of a flag"],
    ['a name with a blank', { a: { 'b c': 1 } }, {}, "'a.b c' can't be the name of a flag"],
    ['no name', { '': 1 }, {}, "'' can't be the name of a flag"],
    [
      'a variable with an equals sign',
      { 'A=B': 1 },
      { input: 'env' },
      "'A=B' can't be the name of a variable",
    ],
    ['a NUL', { a: 'x\0y' }, {}, "'a' has a NUL in it"],
    ['a bigint', { a: 1n }, {}, "'a' can't be written as JSON"],
    ['a Map', new Map(), { input: 'json' }, 'which JSON has no word for'],
  ])('that it cannot be is refused by name: %s', (_, input, spec, message) => {
    expect(() => shaped(input, spec)).toThrow(
      expect.objectContaining({
        code: 'ActionInputError',
        action: 'a0',
        message: expect.stringContaining(message),
      }),
    )
  })
})
