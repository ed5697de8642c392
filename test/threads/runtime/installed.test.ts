import { describe, expect, it } from 'vitest'
import { createProject } from '../../support/project.js'
import { startFile } from '../../support/program.js'

/** An action module. Written in JavaScript, which is what an app runs. */
const actions = `
import { action } from 'heddle'
export const add = action(import.meta, 'add', ([a, b]) => a + b)
export const explode = action(import.meta, 'explode', () => { throw new RangeError('exploded') })
export const explodeBelow = action(import.meta, 'explodeBelow', { cpu: 0 }, async (_, ctx) => await ctx.spawn(explode))
export const linger = action(import.meta, 'linger', { cpu: 0 }, async (_, ctx) => { ctx.report('up'); await ctx.sleep(1e9) })
`

describe('an installed package', () => {
  it('works in a folder whose name has spaces and more', async () => {
    const app = `
import { createRuntime } from 'heddle'
import { add } from './the actions #1.js'
const runtime = createRuntime({ threads: 1 })
console.log(await runtime.run(add, [1, 2]), await runtime.scope((ctx) => ctx.spawn(add, [3, 4])))
await runtime.close()
`.replace('#1', '%231')
    await using project = await createProject('an app, 100% über #1 ', {
      'the actions #1.js': actions,
      'the app.js': app,
      'package.json': '{ "type": "module" }',
    })
    expect(await startFile(project.path('the app.js')).ended).toEqual({
      code: 0,
      signal: null,
      stdout: '3 7\n',
      stderr: '',
    })
  })

  it('understands the errors and definitions of another copy of itself', async () => {
    const app = `
import { createRuntime, isHeddleError, RuntimeClosedError } from 'heddle'
import * as other from './library/library.js'
const runtime = createRuntime({ threads: 1 })
const caught = (promise) => promise.then(() => undefined, (error) => error)
console.log(other.createRuntime === createRuntime)
console.log(await runtime.run(other.add, [1, 2]), await runtime.scope((ctx) => ctx.map(other.add, [[3, 4]])))
const failed = await caught(runtime.run(other.explodeBelow))
console.log(failed.action, isHeddleError(failed, 'RangeError'), other.isHeddleError(failed, 'RangeError'))
const lingering = runtime.run(other.linger)
for await (const report of lingering.reports()) break
lingering.cancel('enough')
const aborted = await caught(lingering)
console.log(other.isHeddleError(aborted, 'ActionAbortedError'), aborted instanceof other.ActionAbortedError, aborted.reason.message)
const theirs = other.createRuntime({ threads: 1 })
await theirs.close()
const closed = await caught(theirs.run(other.add, [1, 2]))
console.log(isHeddleError(closed, 'RuntimeClosedError'), closed instanceof RuntimeClosedError)
await runtime.close()
`
    await using project = await createProject(
      'two copies ',
      {
        'app.js': app,
        'package.json': '{ "type": "module" }',
        'library/library.js': "export * from 'heddle'\nexport * from './actions.js'\n",
        'library/actions.js': actions,
      },
      ['.', 'library'],
    )
    const { stdout, stderr, code } = await startFile(project.path('app.js')).ended
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual([
      'false',
      '3 [ 7 ]',
      'a0.1 true true',
      'true false enough',
      'true false',
      '',
    ])
    expect(code).toBe(0)
  })
})
