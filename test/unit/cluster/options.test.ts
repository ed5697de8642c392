import { describe, expect, it } from 'vitest'
import {
  resolveConnectOptions,
  resolveWorkerOptions,
  type ConnectOptions,
} from '../../../src/cluster/options.js'
import { ActionInputError } from '../../../src/protocol/errors/errors.js'

const LOCAL = 'redis://127.0.0.1:6379'
const SECRET = 'sixteen bytes or more'
const ACTIONS = ['file:///app/actions.js']

describe('the options of connectCluster', () => {
  it('have defaults', () => {
    expect(resolveConnectOptions({ redis: LOCAL })).toMatchObject({
      prefix: 'heddle',
      maxLanes: 64,
      on: 'anywhere',
      leaseMs: 10_000,
      build: undefined,
      priority: 0,
      maxValueBytes: 16 * 1024 * 1024,
      maxBufferedBytes: 64 * 1024 * 1024,
    })
  })

  it.each<[string, object]>([
    ['redis', {}],
    ['redis', { redis: 'http://127.0.0.1' }],
    ['redis', { redis: 'nowhere' }],
    ['redis', { redis: ['127.0.0.1'] }],
    ['redis', { redis: { nodes: [] } }],
    ['redis', { redis: { duplicate: () => {} } }],
    ['prefix', { redis: LOCAL, prefix: 'Heddle' }],
    ['prefix', { redis: LOCAL, prefix: '' }],
    ['prefix', { redis: LOCAL, prefix: 'x'.repeat(41) }],
    ['secret', { redis: LOCAL, secret: 'too short' }],
    ['secret', { redis: LOCAL, secret: 7 }],
    ['secret', { redis: LOCAL, secret: [SECRET, 'too short'] }],
    ['leaseMs', { redis: LOCAL, leaseMs: 1999 }],
    ['leaseMs', { redis: LOCAL, leaseMs: Infinity }],
    ['leaseMs', { redis: LOCAL, leaseMs: 2 ** 32 }],
    ['leaseMs', { redis: LOCAL, leaseMs: '5s' }],
    ['build', { redis: LOCAL, build: '' }],
    ['maxLanes', { redis: LOCAL, maxLanes: -1 }],
    ['maxLanes', { redis: LOCAL, maxLanes: 513 }],
    ['maxLanes', { redis: LOCAL, maxLanes: 1.5 }],
    ['on', { redis: LOCAL, on: 'there' }],
    ['priority', { redis: LOCAL, priority: 1001 }],
    ['maxValueBytes', { redis: LOCAL, maxValueBytes: 1023 }],
    ['maxBufferedBytes', { redis: LOCAL, maxBufferedBytes: 0 }],
    ['laneMost', { redis: LOCAL, laneMost: 3 }],
  ])('are refused by their name: %s %j', (name, options) => {
    const resolve = (): unknown => resolveConnectOptions(options as ConnectOptions)
    expect(resolve).toThrow(ActionInputError)
    expect(resolve).toThrow(new RegExp(`^connectCluster: .*'${name}'`))
  })

  it('make whole milliseconds of a lease, since Redis takes no others', () => {
    expect(resolveConnectOptions({ redis: LOCAL, leaseMs: 2000.5 }).leaseMs).toBe(2001)
  })

  it.each<[string | undefined, ConnectOptions['redis']]>([
    [undefined, 'redis://localhost'],
    [undefined, 'redis://[::1]:7000'],
    [undefined, { path: '/run/redis.sock' }],
    [undefined, {}],
    ['redis.internal', 'rediss://redis.internal'],
    ['10.0.0.7', { host: '10.0.0.7' }],
    ['s2', { sentinels: [{ host: '127.0.0.1' }, { host: 's2' }], name: 'main' }],
  ])('need a secret where Redis is on another machine: %s %j', (host, redis) => {
    const resolve = (): unknown => resolveConnectOptions({ redis })
    if (host === undefined) expect(resolve).not.toThrow()
    else expect(resolve).toThrow(new RegExp(`another machine \\(${host}\\).*'secret'`))
    expect(() => resolveConnectOptions({ redis, secret: SECRET })).not.toThrow()
  })

  it('are in no message, where they are secret', () => {
    for (const options of [
      { redis: 'rediss://user:hunter2@redis.internal' },
      { redis: LOCAL, secret: 'hunter2' },
      { redis: 'http://user:hunter2@redis.internal' },
    ]) {
      expect(() => resolveConnectOptions(options)).toThrow(ActionInputError)
      expect(() => resolveConnectOptions(options)).not.toThrow(/hunter2/)
    }
  })
})

describe('the options of startWorker', () => {
  it('have defaults', () => {
    expect(
      resolveWorkerOptions({ redis: LOCAL, actions: [new URL('file:///a.js'), 'file:///b.js'] }),
    ).toMatchObject({
      actions: ['file:///a.js', 'file:///b.js'],
      labels: [],
      resources: {},
      drainMs: 30_000,
      leaseMs: 10_000,
      pool: {},
    })
  })

  it.each<[string, object]>([
    ['actions', { actions: undefined }],
    ['actions', { actions: [] }],
    ['actions', { actions: ['./actions.js'] }],
    ['actions', { actions: ['data:text/javascript,1'] }],
    ['threads', { threads: 0 }],
    ['threads', { threads: Infinity }],
    ['labels', { labels: 'gpu' }],
    ['labels', { labels: ['GPU'] }],
    ['labels', { labels: ['any'] }],
    ['resources', { resources: 'gpu=2' }],
    ['resources.gpu', { resources: { gpu: 0 } }],
    ['resources', { resources: { a: 1, b: 1, c: 1, d: 1, e: 1 } }],
    ['name', { name: '' }],
    ['drainMs', { drainMs: -1 }],
    ['label', { label: 'gpu' }],
  ])('are refused by their name: %s %j', (name, options) => {
    const resolve = (): unknown => resolveWorkerOptions({ redis: LOCAL, actions: ACTIONS, ...options })
    expect(resolve).toThrow(ActionInputError)
    expect(resolve).toThrow(new RegExp(`^startWorker: .*'${name}'`))
  })
})
