import { describe, expect, it } from 'vitest'
import { draftOf, fieldsOf, inputOf, placeIssues } from '../../../src/console/model/runs/input-form.js'
import type { JsonSchema } from '../../../src/control/shown/json-schema.js'

const schema: JsonSchema = {
  type: 'object',
  required: ['name', 'model'],
  properties: {
    name: { type: 'string', description: 'who' },
    count: { type: 'integer', default: 3 },
    mode: { enum: ['fast', 'slow', null] },
    loud: { type: 'boolean' },
    model: {
      type: 'object',
      required: ['rate'],
      properties: { rate: { type: 'number' }, layers: { type: 'array', items: { type: 'integer' } } },
    },
    odd: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  },
}
const fields = fieldsOf(schema)!

describe('the form of an input', () => {
  it('has a field for each property, nested ones by their paths', () => {
    expect(fields.map(({ path, kind, required }) => [path.join('.'), kind, required])).toEqual([
      ['name', 'text', true],
      ['count', 'number', false],
      ['mode', 'choice', false],
      ['loud', 'choice', false],
      ['model.rate', 'number', true],
      ['model.layers', 'json', false],
      ['odd', 'json', false],
    ])
    expect(fields[1]?.otherwise).toBe('3')
    expect(fields[2]?.choices).toEqual(['"fast"', '"slow"', 'null'])
  })

  it('is none for what is no plain object', () => {
    expect(fieldsOf(undefined)).toBeUndefined()
    expect(fieldsOf({ type: 'string' })).toBeUndefined()
    expect(fieldsOf({ type: 'object' })).toBeUndefined()
    expect(fieldsOf({ anyOf: [schema, { type: 'null' }] })).toBeUndefined()
  })

  it('gives back what it was filled with', () => {
    const input = {
      name: '7',
      count: 2,
      mode: null,
      loud: false,
      model: { rate: 0.5, layers: [1, 2] },
      odd: 'x',
    }
    const draft = draftOf(fields, input)!
    expect(draft).toMatchObject({ name: '7', 'model.rate': '0.5', odd: '"x"' })
    expect(inputOf(fields, draft)).toEqual({ input })
    expect(draftOf(fields, undefined)).toEqual({})
    // Something that no field is for would get lost.
    expect(draftOf(fields, { name: 'a', other: 1 })).toBeUndefined()
    expect(draftOf(fields, { name: 7 })).toBeUndefined()
    expect(draftOf(fields, [1])).toBeUndefined()
  })

  it('says what can’t be read, and what is missing, where it is', () => {
    const read = inputOf(fields, { count: 'many', 'model.layers': '[1', 'model.rate': '1' })
    expect(read).toEqual({
      issues: [
        { path: ['name'], message: 'is required' },
        { path: ['count'], message: 'is no number' },
        { path: ['model', 'layers'], message: 'is no JSON' },
      ],
    })
    const { at, others } = placeIssues(fields, [
      { path: ['model', 'layers', 1], message: 'wrong' },
      { path: ['model', 'layers', 2], message: 'wrong, too' },
      { path: ['model'], message: 'expected object' },
      { path: ['elsewhere'], message: 'unknown' },
      { path: [], message: 'all of it' },
    ])
    expect(Object.fromEntries(at)).toEqual({
      'model.layers': '1: wrong; 2: wrong, too',
      'model.rate': 'expected object',
    })
    expect(others).toEqual(['elsewhere: unknown', 'all of it'])
  })

  it('takes any name for a property', () => {
    const own = fieldsOf({ type: 'object', properties: { ['__proto__']: { type: 'string' }, 'a.b': {} } })!
    const read = inputOf(own, { __proto__: null, ...Object.fromEntries([['__proto__', 'x']]) } as never)
    expect(JSON.stringify('input' in read && read.input)).toBe('{"__proto__":"x"}')
  })
})
