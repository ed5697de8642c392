import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeFlagValue, flagsOf } from '../../../src/cli/input/input-flags.js'
import type { JsonSchema } from '../../../src/control/shown/json-schema.js'
import { readInput } from '../../../src/cli/input/read-input.js'

function jsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
}

function read(flags: readonly string[], schema?: z.ZodType, json?: string): unknown {
  return readInput({ flags, json, action: 'train', ...(schema && { schema: jsonSchema(schema) }) })
}

const training = z.object({
  learningRate: z.number().min(0).max(1),
  batch_size: z.int().min(1).default(32),
  activation: z.enum(['relu', 'tanh']).optional(),
  shuffle: z.boolean().optional(),
  layers: z.array(z.int()).optional(),
  optimizer: z.object({ name: z.string(), beta: z.number().optional() }).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  seed: z.union([z.number(), z.literal('random')]).optional(),
  note: z.string().nullable().optional(),
})

describe('flags by a schema', () => {
  it('are read as what the schema says', () => {
    expect(
      read(
        ['--learning-rate', '0.1', '--activation', 'tanh', '--shuffle', '--note', '12', '--seed', '7'],
        training,
      ),
    ).toEqual({ learningRate: 0.1, activation: 'tanh', shuffle: true, note: '12', seed: 7 })
  })

  it('are known by their own name, in kebab case, and with underscores', () => {
    expect(read(['--learningRate=1', '--batch-size=4'], training)).toEqual({ learningRate: 1, batch_size: 4 })
    expect(read(['--batch_size', '4'], training)).toEqual({ batch_size: 4 })
  })

  it('take a switch, its negation, and its value', () => {
    expect(read(['--shuffle'], training)).toEqual({ shuffle: true })
    expect(read(['--no-shuffle'], training)).toEqual({ shuffle: false })
    expect(read(['--shuffle', 'false', '--learning-rate', '1'], training)).toEqual({
      shuffle: false,
      learningRate: 1,
    })
  })

  it('make a list of what is repeated, and take one as JSON', () => {
    expect(read(['--layers', '8', '--layers', '16'], training)).toEqual({ layers: [8, 16] })
    expect(read(['--layers', '[8, 16]'], training)).toEqual({ layers: [8, 16] })
  })

  it('reach into objects and records', () => {
    expect(read(['--optimizer.name', 'adam', '--optimizer.beta', '-0.9'], training)).toEqual({
      optimizer: { name: 'adam', beta: -0.9 },
    })
    expect(read(['--labels.team', '007'], training)).toEqual({ labels: { team: '007' } })
    expect(read(['--optimizer', '{"name":"sgd"}'], training)).toEqual({ optimizer: { name: 'sgd' } })
  })

  it('follow references, also those of a schema that contains itself', () => {
    const tree: JsonSchema = {
      type: 'object',
      properties: { value: { type: 'integer' }, left: { $ref: '#' } },
    }
    expect(
      readInput({ flags: ['--left.value', '3'], schema: tree, action: 'walk', json: undefined }),
    ).toEqual({
      left: { value: 3 },
    })
    expect(flagsOf(tree).length).toBeGreaterThan(0)
  })

  it('change single values of --input', () => {
    expect(
      read(
        ['--learning-rate', '0.2', '--layers', '1'],
        training,
        '{"learningRate":1,"layers":[9],"note":"x"}',
      ),
    ).toEqual({
      learningRate: 0.2,
      layers: [1],
      note: 'x',
    })
  })

  it('are an empty object where none is given, so that defaults apply', () => {
    expect(read([], training)).toEqual({})
    expect(read([], z.number())).toBeUndefined()
    expect(read([])).toEqual({})
  })

  it.each([
    [['--lerning-rate', '1'], /no --lerning-rate\. Did you mean --learning-rate\?/],
    [['--colour', '1'], /no --colour\. Its flags are --learning-rate, --batch-size/],
    [['--learning-rate', 'fast'], /--learning-rate is 'fast', but must be a number from 0 to 1/],
    [['--batch-size', '1.5'], /--batch-size is '1\.5', but must be a whole number, 1 or more/],
    [['--activation', 'rely'], /--activation is 'rely', but must be one of relu, tanh/],
    [['--learning-rate'], /--learning-rate needs a value/],
    [['--no-shuffle=yes'], /--no-shuffle takes no value/],
    [['stray'], /unexpected 'stray'/],
  ])('refuse %j, and say why', (flags, message) => {
    expect(() => read(flags, training)).toThrow(message)
  })

  it('say that an input without properties is given as JSON', () => {
    expect(() => read(['--value', '1'], z.number())).toThrow(/has no flags.*give it as JSON by --input/)
  })
})

describe('flags without a schema', () => {
  it('are JSON where they are JSON, else text', () => {
    expect(
      read([
        '--delay',
        '2',
        '--child-delay',
        '0.5',
        '--name',
        'x y',
        '--list',
        '[1]',
        '--on',
        '--no-off',
        '--zip',
        '"01"',
      ]),
    ).toEqual({ delay: 2, childDelay: 0.5, name: 'x y', list: [1], on: true, off: false, zip: '01' })
  })

  it('may be named as the inside of any object is, and pollute nothing', () => {
    const input = read(['--__proto__.polluted', '1', '--constructor.x', '2']) as object
    expect(Object.keys(input)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('can follow a double dash', () => {
    expect(read(['--a', '1', '--', '--json'])).toEqual({ a: 1, json: true })
  })
})

describe('--input', () => {
  it.each([
    ['{', /--input: it isn't JSON/],
    ['text', /texts need their quotes/],
    ['@/no/such/file.json', /can't read the file '\/no\/such\/file\.json'/],
  ])('refuses %s', (json, message) => {
    expect(() => read([], undefined, json)).toThrow(message)
  })

  it('must be an object where flags change it', () => {
    expect(() => read(['--a', '1'], undefined, '[1]')).toThrow(/must be an object where flags are given/)
  })
})

describe('the description of a flag', () => {
  it('leaves out the bounds that every whole number of JavaScript has', () => {
    const [flag] = flagsOf(jsonSchema(z.object({ count: z.int() })))
    expect(describeFlagValue(flag!.schema)).toBe('a whole number')
  })

  it('says which are required, at any depth', () => {
    const flags = flagsOf(jsonSchema(z.object({ a: z.object({ b: z.string(), c: z.string().optional() }) })))
    expect(flags.map(({ flag, required }) => [flag, required])).toEqual([
      ['a.b', true],
      ['a.c', false],
    ])
  })
})
