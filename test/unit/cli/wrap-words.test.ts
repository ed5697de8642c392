import { describe, expect, it } from 'vitest'
import { EventLayout } from '../../../src/cli/display/event-lines.js'
import { widthOf } from '../../../src/cli/display/printable.js'
import { wrapWords } from '../../../src/cli/display/wrap-words.js'

const plain = (_: unknown, text: string): string => text

describe('lines that are too long', () => {
  it('are broken between words, and go on indented', () => {
    expect(wrapWords('a line of several words', 30, 2)).toEqual(['a line of several words'])
    expect(wrapWords('a line of several words', 12, 2)).toEqual(['a line of', '  several', '  words'])
    expect(wrapWords('  indented from its beginning', 20, 4)).toEqual(['  indented from its', '  beginning'])
  })

  it('leave a word whole that is longer than a line', () => {
    expect(wrapWords('see http://127.0.0.1:4321/runs/nightly there', 20)).toEqual([
      'see',
      'http://127.0.0.1:4321/runs/nightly',
      'there',
    ])
  })

  it('are measured without their colours', () => {
    const coloured = '\u001b[31mred\u001b[39m and \u001b[1mbold\u001b[22m'
    expect(wrapWords(coloured, 12)).toEqual([coloured])
  })
})

describe('lines about actions', () => {
  const what = { at: 1500, id: 'a0.1', name: 'sleeper' }

  it('keep their columns, whatever came before', () => {
    const layout = new EventLayout(0, plain, () => 80)
    const [before] = layout.lines(what, 'text')
    layout.lines({ at: 0, id: 'a0.1.22.333.4444', name: 'a name that is longer than its column' }, 'text')
    expect(layout.lines(what, 'text')).toEqual([before])
  })

  it('go on under their text, and fit', () => {
    const layout = new EventLayout(0, plain, () => 80)
    const lines = layout.lines(
      what,
      `◌ aborting by ann (cli): ${'too slow for what it gives '.repeat(4).trim()}`,
    )
    expect(lines.length).toBeGreaterThan(1)
    const indent = lines[0]!.indexOf('◌')
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80)
    for (const line of lines.slice(1)) expect(line.search(/\S/)).toBe(indent)
  })

  it('are whole where they are no terminal’s', () => {
    const name = 'a name that is longer than its column'
    const [line, ...more] = new EventLayout(0, plain, () => Infinity).lines(
      { ...what, name },
      'x '.repeat(200),
    )
    expect(more).toEqual([])
    expect(line).toContain(name)
  })
})
