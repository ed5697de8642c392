import { describe, expect, it } from 'vitest'
import { runProgram } from '../../support/program.js'

describe('a root that has failed', () => {
  it('is an unhandled rejection, with its own error, unless somebody has heard of it (S19)', async () => {
    const { stdout, stderr, code } = await runProgram('unheard-roots', { execArgv: ['--expose-gc'] })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const { late, ...said } = JSON.parse(stdout) as Record<string, unknown>
    expect(late).toEqual(['ActionFailedError'])
    expect(said).toMatchObject({ 'late, caught': 'ActionFailedError', 'handled late': true, aborted: [] })
    const of = (kind: string): [string, unknown][] =>
      Object.entries(said).filter(([name]) => name.startsWith(kind))
    expect(Object.fromEntries(of('heard'))).toEqual(
      Object.fromEntries(of('heard').map(([name]) => [name, []])),
    )
    expect(of('heard')).toHaveLength(16)
    expect(Object.fromEntries(of('unheard'))).toEqual({
      'unheard: nothing': ['ActionFailedError'],
      'unheard: cancelled': ['ActionFailedError'],
      'unheard: reports': ['ActionFailedError'],
      'unheard: on': ['ActionFailedError'],
      'unheard: events': ['ActionFailedError'],
      'unheard: remote': ['ActionFailedError'],
      'unheard: actor': ['ActionFailedError'],
      'unheard: actor, next only': ['ActionFailedError'],
      'unheard: actor, no longer': ['ActionFailedError'],
      'unheard: timed out': ['ActionTimedOutError'],
      'unheard: scope': ['ActionFailedError'],
      'unheard: wrong option': ['ActionInputError'],
      'unheard: wrong body': ['ActionInputError'],
      'unheard: sweep with wrong options': ['ActionInputError'],
      'unheard: sweep': ['ActionFailedError'],
      'unheard: closed': ['RuntimeClosedError'],
    })
  }, 60_000)

  it('ends a process that does not care, with exit code 1 and a stack of what was thrown (S19)', async () => {
    const { code, stdout, stderr } = await runProgram('unheard-root')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^ActionFailedError: action a0 of run 'forgotten-\w+-1' failed with RangeError: nobody listens$/m,
    )
    expect(stderr).toMatch(/\[cause\]: RangeError: nobody listens\n\s+at .*unheard-root\.js:\d+/)
  })

  it('says that the guard is missing, also where nobody listens (S19)', async () => {
    const { code, stderr } = await runProgram('unguarded-and-unheard')
    expect(code).toBe(1)
    expect(stderr).toMatch(/ActionInputError: createRuntime\(\) was called in a thread.*isActionThread/)
  })
})
