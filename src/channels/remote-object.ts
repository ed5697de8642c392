// The stand-in for an object of another thread. Not Comlink's own proxy, which is thenable in odd ways, answers to every
// symbol, and whose calls nobody can race: each use of this one is a call of a function that its owner gives.

/** Reads a property at a path, or, with parameters, calls the method there. */
export type RemoteCall = (
  path: readonly string[],
  parameters: readonly unknown[] | undefined,
) => Promise<unknown>

/** An object of another thread, at a path within it. `name`: what it is called in errors. */
export function remoteObject(call: RemoteCall, name: string, path: readonly string[] = []): unknown {
  // Not an ordinary function: it can't be constructed.
  return new Proxy(() => {}, {
    get(_target, key) {
      if (typeof key !== 'string') return undefined
      if (key !== 'then') return remoteObject(call, name, [...path, key])
      // The object itself is no promise, or it could not be returned by an async function; its properties are.
      if (path.length === 0) return undefined
      return (...callbacks: Parameters<Promise<unknown>['then']>) => call(path, undefined).then(...callbacks)
    },
    apply: (_target, _this, parameters: unknown[]) => call(path, parameters),
    set() {
      throw new TypeError(
        `a property of ${[name, ...path].join('.')} can't be set from another thread: give the object a method for it`,
      )
    },
  })
}

/** Makes a call by a proxy of Comlink's. */
export function callByComlink(
  proxy: unknown,
  path: readonly string[],
  parameters: readonly unknown[] | undefined,
): Promise<unknown> {
  let target = proxy as Record<string, unknown>
  for (const key of path) target = target[key] as Record<string, unknown>
  if (parameters === undefined) return Promise.resolve(target as unknown as PromiseLike<unknown>)
  return (target as unknown as (...all: readonly unknown[]) => Promise<unknown>)(...parameters)
}
