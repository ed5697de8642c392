// Checks that docs/errors.md has every class and code, and each way in which a thread is lost or an abort comes.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/pages.js'

const page = await readFile(join(root, 'docs/errors.md'), 'utf8')
const source = await textBelow('src/protocol/errors')

/** All code below a folder. */
async function textBelow(folder: string): Promise<string> {
  const names = await readdir(join(root, folder), { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts'))
  return (await Promise.all(files.map((name) => readFile(join(root, folder, name), 'utf8')))).join('\n')
}

/** The texts in the first cell of each row of a table. */
const firstCells = new Set(
  [...page.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    Array.from(cell.matchAll(/`([^`]+)`/g), ([, text = '']) => text),
  ),
)

/** The members of a union of texts. */
function membersOf(type: string, text: string): string[] {
  const code = text.replaceAll(/\/\*\*.*?\*\//g, '')
  const [, union = ''] = new RegExp(`export type ${type} =([^;]*?)\\n\\n`).exec(code) ?? []
  return Array.from(union.matchAll(/'([^']+)'/g), ([, member = '']) => member)
}

describe('the page of errors', () => {
  it('has a row for each class', () => {
    const classes = Array.from(source.matchAll(/class (\w+) extends HeddleError\b/g), ([, name = '']) => name)
    expect(classes.length).toBeGreaterThan(9)
    expect(classes.filter((name) => !firstCells.has(name))).toEqual([])
  })

  it('has a row for each fixed code, and no other', () => {
    const [, map = ''] = /export interface CodeMap \{([^}]*)\}/.exec(source) ?? []
    const codes = Array.from(map.matchAll(/^ {2}(\w+):/gm), ([, code = '']) => code)
    const rows = [...firstCells].filter((cell) => cell.endsWith('Error') && cell !== 'ActionFailedError')
    expect(rows.toSorted()).toEqual(codes.toSorted())
  })

  it.each(['ThreadLoss', 'AbortSource'])('has a row for each %s', (type) => {
    const members = membersOf(type, source)
    expect(members.length).toBeGreaterThan(4)
    expect(members.filter((member) => !firstCells.has(member))).toEqual([])
  })

  it('says of each what to do', () => {
    const tables = page.matchAll(/^\|[^\n]*\|\n\|[-|]+\|\n((?:\|[^\n]*\|\n)+)/gm)
    const [heads, rows] = [[...page.matchAll(/^\|([^\n]*)\|\n\|[-|]+\|$/gm)], [...tables]]
    expect(heads.map(([, head = '']) => head.split('|').at(-1)?.trim())).toEqual(
      Array.from(rows, () => 'what to do'),
    )
    const empty = rows.flatMap(([, text = '']) => text.split('\n').filter((row) => /\|\s*\|/.test(row)))
    expect(empty).toEqual([])
  })

  it.each(['TimeoutBound', 'ThreadLossBlame'])('names each %s', (type) => {
    const members = membersOf(type, source)
    expect(members.length).toBeGreaterThan(2)
    expect(members.filter((member) => !page.includes(member))).toEqual([])
  })

  it('has a row for each code of the client', async () => {
    const control = await textBelow('src/control')
    const codes = [...membersOf('ErrorCode', control), ...membersOf('NoAnswerCode', control)]
    expect(codes.length).toBeGreaterThan(11)
    expect(codes.filter((code) => !firstCells.has(code))).toEqual([])
  })
})
