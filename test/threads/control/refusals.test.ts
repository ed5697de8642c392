import { crowd, linger, odd } from '#fixtures/controlled.js'
import { ControlError } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { reported } from '../../support/places.js'
import { serve, untilCount } from '../../support/control.js'

describe('what the control API refuses', () => {
  it('tells what comes closest to a name that is not there', async () => {
    await using served = await serve()
    const { client, runtime } = served
    await runtime.run(odd, 1, { name: 'training' })
    const run = runtime.run(crowd, { size: 3 }, { name: 'crowd' })
    await untilCount(runtime, 'crowd', 'running', 4)
    await expect(client.run('trainign')).rejects.toMatchObject({
      name: 'ControlError',
      code: 'notFound',
      status: 404,
      nearest: ['training'],
    })
    await expect(client.abort('Crowd!')).rejects.toMatchObject({ nearest: ['crowd'] })
    await expect(client.abortAction('crowd', 'member-1')).rejects.toMatchObject({ nearest: ['a0.2'] })
    await expect(client.abort('crowd', { actions: ['a0.1', 'a0.9'] })).rejects.toMatchObject({ status: 404 })
    // Nothing was aborted by a request that names one that isn't there.
    expect((await client.run('crowd')).counts.running).toBe(4)
    run.cancel()
    await run.settled()
  })

  it('refuses a query that is wrong, and says which part', async () => {
    await using served = await serve()
    await served.runtime.run(odd, 1, { name: 'odd' })
    const wrong = [
      ['/runs?limit=0', 'limit'],
      ['/runs?limit=1001', 'limit'],
      ['/runs?limit=ten', 'limit'],
      ['/runs?phase=stopped', 'phase'],
      ['/runs?pahse=running', 'pahse'],
      ['/runs?phase=running&phase=queued', 'phase'],
      ['/runs?cursor=__proto__', 'cursor'],
      ['/runs/odd/actions?view=graph', 'view'],
      ['/runs/odd/actions?parent=member', 'parent'],
      ['/runs/odd/actions?include=env', 'include'],
      ['/runs/odd/logs?level=loud', 'level'],
      ['/runs/odd/logs?before=a0', 'before'],
      ['/runs/odd/logs?before=12&cursor=3', 'before'],
      ['/runs/odd/series?points=100000', 'points'],
      ['/events?view=all', 'view'],
    ] as const
    for (const [path, field] of wrong) {
      const response = await served.fetch(`/api/v1${path}`)
      expect([path, response.status, await response.json()]).toMatchObject([
        path,
        400,
        { error: { code: 'invalid', field } },
      ])
    }
  })

  it('refuses an abort that is not well formed, and aborts nothing', async () => {
    await using served = await serve()
    const run = served.runtime.run(linger, undefined, { name: 'live' })
    await reported(run, 'up')
    const wrong: readonly (readonly [string, unknown, string])[] = [
      ['a list', [], ''],
      ['a text', 'all', ''],
      ['an unknown field', { reasn: 'typo' }, 'reasn'],
      ['a wrong reason', { reason: 12 }, 'reason'],
      ['a wrong grace', { graceMs: -1 }, 'graceMs'],
      ['a wrong force', { force: 'yes' }, 'force'],
      ['a wrong phase', { where: { phase: 'stopped' } }, 'where.phase'],
      ['an unknown filter', { where: { module: 'file:///etc/passwd' } }, 'module'],
      ['a filter that is no object', { where: 'phase=running' }, 'where'],
      ['ids that are none', { actions: [1] }, 'actions'],
    ]
    for (const [what, body, field] of wrong) {
      const response = await served.fetch('/api/v1/runs/live/abort', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect([what, response.status, await response.json()]).toMatchObject([
        what,
        400,
        { error: { code: 'invalid', field } },
      ])
    }
    expect(run.phase).toBe('running')
  })

  it('says what a route takes instead', async () => {
    await using served = await serve()
    const response = await served.fetch('/api/v1/stats', { method: 'POST' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET')
    expect((await served.fetch('/api/v1/runs', { method: 'DELETE' })).headers.get('allow')).toBe('GET, POST')
    expect((await served.fetch('/api/v1/rusn')).status).toBe(404)
  })

  it('rejects with a ControlError when the process is gone', async () => {
    const served = await serve()
    await served[Symbol.asyncDispose]()
    const error = await served.client.process().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ControlError)
    expect(error).toMatchObject({ code: 'unreachable', status: undefined })
  })
})
