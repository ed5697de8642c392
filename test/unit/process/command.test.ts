import { describe, expect, it } from 'vitest'
import { definitionKey, type FullDefinition } from '../../../src/action.js'
import { command, type CommandOptions } from '../../../src/process/command.js'

const MODULE = 'file:///app/train.js'
let count = 0

function made(argv: unknown, options?: CommandOptions): unknown {
  count += 1
  const definition = command(MODULE, `train${count}`, argv as string[], options) as unknown as FullDefinition
  return definition[definitionKey].options
}

describe('command()', () => {
  it('makes a definition that is data, and holds no share of a thread', () => {
    const env = { A: 'a', B: undefined, GPUS: { resource: 'gpu' } }
    const options = made(['python3', 'train.py'], {
      retries: 2,
      resources: { gpu: 1 },
      input: 'json',
      env,
      cwd: new URL('file:///app/scripts'),
    })
    expect(options).toMatchObject({
      cpu: 0,
      retries: { limit: 2 },
      resources: { gpu: 1 },
      command: { argv: ['python3', 'train.py'], input: 'json', env, cwd: '/app/scripts' },
    })
    expect(structuredClone(options)).toEqual(options)
  })

  it.each<readonly [unknown, object, string]>([
    ['python3 train.py', {}, "the command is 'python3 train.py', but must be an array of texts"],
    [[], {}, 'but must be an array of texts'],
    [['a', 5], {}, 'but must be an array of texts'],
    [['a\0'], {}, 'but must be an array of texts'],
    [['a'], { cpu: 1 }, "there is no option 'cpu'"],
    [['a'], { inputs: 'json' }, "did you mean 'input'?"],
    [['a'], { input: 'stdin' }, "the option 'input' is 'stdin', but must be 'flags', 'env' or 'json'"],
    [['a'], { env: { A: 5 } }, "the option 'env.A' is 5"],
    [
      ['a'],
      { env: { A: { resource: 'gpu' } } },
      "names the resource 'gpu', which isn't among its 'resources'",
    ],
    [['a'], { cwd: new URL('https://x.org') }, "the option 'cwd' is 'https://x.org/'"],
    [['a'], { resources: { gpu: 0 } }, "the option 'resources.gpu' is 0"],
    [['a'], { retries: -1 }, "the option 'retries' is -1"],
  ])('refuses %o with %o', (argv, options, message) => {
    expect(() => made(argv, options)).toThrow(
      expect.objectContaining({ code: 'ActionInputError', message: expect.stringContaining(message) }),
    )
  })

  it('refuses a name that its module has given', () => {
    command(MODULE, 'once', ['a'])
    expect(() => command(MODULE, 'once', ['a'])).toThrow(
      /^command 'once' in file:\/\/\/app\/train.js is defined twice/,
    )
    expect(() => command(MODULE, '', ['a'])).toThrow(
      /^command\(\) in file:\/\/\/app\/train.js: the name is ''/,
    )
  })
})
