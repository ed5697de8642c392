import { existsSync, readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { SABOTAGES } from '../simulation/sabotage/sabotages.js'

describe('the sabotages', () => {
  it.each(SABOTAGES)('can be applied: $name', ({ file, find, replace, tests = [] }) => {
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    expect(source.split(find)).toHaveLength(2)
    expect(replace).not.toBe(find)
    // What doesn't even load finds itself.
    const { outputText } = ts.transpileModule(
      source.replace(find, () => replace),
      { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } },
    )
    expect(() => new Script(outputText)).not.toThrow()
    for (const test of tests) expect(existsSync(new URL(`../../${test}`, import.meta.url)), test).toBe(true)
  })

  it('have names of their own', () => {
    const names = SABOTAGES.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})
