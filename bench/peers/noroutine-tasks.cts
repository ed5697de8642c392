// noroutine's module: the tasks as asynchronous functions, in CommonJS, since it replaces what a module exports.

type AnyTask = (input: unknown) => unknown

const loading = import('../tasks.js') as Promise<{ tasks: Record<string, AnyTask> }>
let loaded: Record<string, AnyTask> | undefined

for (const name of ['noOp', 'compute', 'byteLength', 'forever', 'busyUntil', 'meet'])
  module.exports[name] = async (input: unknown): Promise<unknown> => {
    loaded ??= (await loading).tasks
    return (loaded[name] as AnyTask)(input)
  }
