import { describe, expect, it } from 'vitest'
import { formatDuration, formatLimit, parseDuration } from '../../../src/cli/display/duration.js'
import { nearestTo } from '../../../src/checks/nearest.js'
import { fitInto, padTo, printable, widthOf } from '../../../src/cli/display/printable.js'
import { showReport, showResult } from '../../../src/cli/display/show-value.js'
import { formatTable } from '../../../src/cli/display/table.js'
import { fromUserFrame } from '../../../src/cli/display/user-frames.js'
import { parseWhere } from '../../../src/cli/input/where.js'

describe('text from running code', () => {
  it('shows what a terminal would obey', () => {
    expect(printable('a\u001b[2Jb\u0007\u009b31m\rc\u202etxt')).toBe('a␛[2Jb␇\ufffd31m␍c\ufffdtxt')
    expect(printable('two\nlines')).toBe('two lines')
  })

  it('is measured and cut in columns, not in characters', () => {
    expect(widthOf('漢字')).toBe(4)
    expect(fitInto('漢字漢字', 5)).toBe('漢字…')
    expect(fitInto('abc', 3)).toBe('abc')
    expect(padTo('漢', 4)).toBe('漢  ')
  })

  it('ends a colour that it cuts off', () => {
    expect(fitInto('\u001b[31mabcdef\u001b[39m', 4)).toBe('\u001b[31mabc…\u001b[0m')
  })
})

describe('stacks', () => {
  const own = [
    '    at lostError (file:///app/node_modules/heddle/dist/chunks/runtime.js:3655:9)',
    '    at Object.emit (/app/node_modules/xstate/dist/raise.cjs.js:594:13)',
    '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
  ]

  it('begin with code of the user', () => {
    const user = [
      '    at train (file:///app/train.js:3:1)',
      '    at file:///app/node_modules/xstate/dist/log.js:1:1',
    ]
    expect(fromUserFrame(['Error: no', ...own, ...user])).toEqual(['Error: no', ...user])
  })

  it('have no frames where there are only those of the package and of what it is built on', () => {
    expect(fromUserFrame(['ThreadLostError: lost', ...own, 'Error: why', ...own])).toEqual([
      'ThreadLostError: lost',
      'Error: why',
    ])
  })
})

describe('durations', () => {
  it.each([
    [0.4, '0 ms'],
    [850, '850 ms'],
    [999.7, '1.0 s'],
    [2440, '2.4 s'],
    [59_960, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [3_599_600, '1 h 00 min'],
    [3_840_000, '1 h 04 min'],
    [-5, '0 ms'],
  ])('%d ms are %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('that were set have no needless decimals', () => {
    expect(formatLimit(5000)).toBe('5 s')
    expect(formatLimit(1500)).toBe('1.5 s')
  })

  it.each([
    ['250', 250],
    ['500ms', 500],
    ['5s', 5000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0', 0],
  ])('%s are %d ms', (text, ms) => {
    expect(parseDuration(text, '--grace')).toBe(ms)
  })

  it.each(['', 'soon', '-1s', '5 days', '1e3'])("refuse '%s', naming the option", (text) => {
    expect(() => parseDuration(text, '--grace')).toThrow(/--grace is .*must be a time such as 500ms, 5s/)
  })
})

describe('did you mean', () => {
  it('knows what is near, whatever its case, and what is not', () => {
    expect(nearestTo('fail-after', ['main', 'failAfter'])).toBe('failAfter')
    expect(nearestTo('nigthly', ['nightly', 'weekly'])).toBe('nightly')
    expect(nearestTo('x', ['nightly'])).toBeUndefined()
    expect(nearestTo('anything', [])).toBeUndefined()
  })
})

describe('results and reports', () => {
  it('are JSON where JSON holds them, and what Node shows elsewhere', () => {
    expect(showResult({ a: [1, null] }, { colours: false })).toBe('{\n  "a": [\n    1,\n    null\n  ]\n}')
    expect(showResult('as it is', { colours: false })).toBe('as it is')
    expect(showResult(new Map([['a', 1n]]), { colours: false })).toBe("Map(1) { 'a' => 1n }")
    expect(showResult(NaN, { colours: false })).toBe('NaN')
    expect(showResult(undefined, { colours: false })).toBeUndefined()
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(showResult(cyclic, { colours: false })).toContain('[Circular *1]')
  })

  it('are one line where they are reports', () => {
    expect(showReport({ epoch: 3, loss: 0.123456, note: 'a\nb' })).toBe('epoch 3 · loss 0.1235 · note a b')
    expect(showReport(0.5)).toBe('0.5')
    expect(showReport([1, 2])).toBe('[ 1, 2 ]')
  })
})

describe('tables', () => {
  const columns = [
    { title: 'ID' },
    { title: 'NAME', shrinks: true },
    { title: 'TIME', align: 'right' as const },
  ]
  const rows = [
    ['a0', 'a name that is long', '1 s'],
    ['a0.10', '漢字', '10 s'],
  ]
  const plain = (_: unknown, text: string): string => text

  it('align by columns, and are whole where there is room', () => {
    expect(formatTable(columns, rows, { width: Infinity, style: plain })).toEqual([
      'ID     NAME                 TIME',
      'a0     a name that is long   1 s',
      'a0.10  漢字                 10 s',
    ])
  })

  it('cut what may shrink, leave out what is extra, and are never wider than the terminal', () => {
    expect(formatTable(columns, rows, { width: 27, style: plain })).toEqual([
      'ID     NAME            TIME',
      'a0     a name that i…   1 s',
      'a0.10  漢字            10 s',
    ])
    const extra = [...columns, { title: 'THREAD', isExtra: true }]
    const wider = rows.map((row) => [...row, '3'])
    expect(formatTable(extra, wider, { width: 40, style: plain })[1]).toBe(
      'a0     a name that is long   1 s  3',
    )
    expect(formatTable(extra, wider, { width: 27, style: plain })[1]).toBe('a0     a name that i…   1 s')
    for (const width of [1, 8, 14]) {
      for (const line of formatTable(columns, rows, { width, style: plain })) {
        expect(widthOf(line)).toBeLessThanOrEqual(width)
      }
    }
  })
})

describe('--where', () => {
  it('is what the API takes', () => {
    expect(parseWhere(['phase=running|queued,name=trial*', 'under=a0.3'])).toEqual({
      phase: ['running', 'queued'],
      name: ['trial*'],
      under: 'a0.3',
    })
  })

  it.each([
    ['phse=running', /'phse=running'.*Did you mean 'phase'\?/],
    ['running', /takes conditions such as phase=running/],
    ['phase=runing', /Did you mean 'running'\?/],
    ['name=', /takes conditions/],
    ['name=a,name=b', /name twice.*name=a\|b/],
    ['under=a0|a1', /under takes one id/],
  ])('refuses %s', (text, message) => {
    expect(() => parseWhere([text])).toThrow(message)
  })
})
