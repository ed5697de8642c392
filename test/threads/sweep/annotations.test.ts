import { createRuntime } from 'heddle'
import { sweep, uniform } from 'heddle/sweep'
import { describe, expect, it } from 'vitest'
import { echo, echoAny } from '#fixtures/sweep/trials.js'
import { createTemporaryFolder } from '../../support/temporary-folder.js'
import { refusal } from '../../support/sweeps.js'

describe('notes and attributes', () => {
  it('come from reports, what is returned, and the app, and are kept', async () => {
    await using folder = await createTemporaryFolder()
    await using runtime = createRuntime({ threads: 1 })
    const options = {
      space: { x: uniform(0, 1) },
      metric: 'score',
      direction: 'maximize',
      concurrency: 1,
      storage: folder.path('study.jsonl'),
    } as const
    const study = sweep(runtime, echo, {
      ...options,
      trials: 2,
      start: [{ x: 0.5 }],
      onTrial: ({ number }, started) =>
        started.annotate(number, { notes: `seen ${number}`, attributes: { is: 'checked' } }),
    })
    const first = (await study).trials[0]
    const expected = {
      notes: ['begun', 'over', 'seen 1'],
      attributes: { given: { x: 0.5 }, is: 'checked', cell: { a: 1 } },
    }
    expect(first).toMatchObject(expected)
    expect(first?.attributes).toEqual(expected.attributes)
    const resumed = await sweep(runtime, echo, { ...options, trials: 3 })
    expect(resumed.trials[0]).toMatchObject(expected)
    const [head, row] = resumed.toCSV().split('\r\n')
    expect(head).toContain('attribute.given,attribute.is,attribute.cell,notes,reason')
    expect(row).toContain('"{""x"":0.5}",checked,"{""a"":1}","begun')
    expect(await refusal(() => study.annotate(1, { notes: 'late' }))).toMatch(/it has ended/)
  })

  it('are refused where they can not be kept', async () => {
    await using runtime = createRuntime({ threads: 1 })
    const said: string[] = []
    const study = sweep(runtime, echoAny, {
      space: { x: uniform(0, 1) },
      objective: 'returned',
      direction: 'maximize',
      trials: 1,
      onTrial: async () => {
        for (const [trial, options] of [
          [7, { notes: 'a' }],
          [1, {}],
          [1, { notes: 5 }],
          [1, { attributes: { run: () => 1 } }],
          [1, { attributes: { big: 'x'.repeat(5000) } }],
          [1, { note: 'a' }],
        ] as const) {
          said.push(await refusal(() => study.annotate(trial, options as never)))
        }
      },
    })
    expect(await refusal(() => study.annotate(1, { notes: 'early' }))).toMatch(/no trial has begun/)
    await study
    for (const [at, message] of [
      /no trial 7/,
      /give notes, attributes or both/,
      /'notes' is 5/,
      /'attributes.run' is/,
      /'attributes.big' is/,
      /did you mean 'notes'/,
    ].entries()) {
      expect(said[at]).toMatch(message)
    }
  })
})
