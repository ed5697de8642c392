// Finds a definition in this thread: by the registry once its module has been imported, or among the module's exports
// when the module uses another copy of the package.

import { definedNames, findDefinition, isDefinition, type FullDefinition } from '../../src/action.js'
import { isActionThread } from '../../src/is-action-thread.js'
import { describeValue } from '../../src/protocol/describe-value.js'
import { ActionFailedError, ActionNotFoundError, isHeddleError } from '../../src/protocol/errors.js'
import { prepareForTypeScript } from '../../src/typescript.js'

/**
 * The definition if it is known to the app's own thread; else a promise of it, which rejects with an error that says why
 * not.
 *
 * In a thread, that a definition is registered doesn't mean that its module has been evaluated to its end: it may be
 * about to await something, or have thrown. Its import says so, each time.
 */
export function loadDefinition(
  url: string,
  name: string,
  where: Place,
): FullDefinition | Promise<FullDefinition> {
  const registered = isActionThread ? undefined : findDefinition(url, name)
  return registered ?? importDefinition(url, name, where)
}

/** The action for which a definition is looked for. */
interface Place {
  readonly run: string
  readonly action: string
}

async function importDefinition(url: string, name: string, where: Place): Promise<FullDefinition> {
  let exports: Record<string, unknown>
  try {
    exports = await importModule(url)
  } catch (error) {
    throw loadError(url, name, where, error)
  }
  const registered = findDefinition(url, name)
  if (registered !== undefined) return registered
  for (const value of Object.values(exports)) if (isDefinition(value) && value.name === name) return value
  const names = definedNames(url).map((one) => `'${one}'`)
  throw new ActionNotFoundError(
    `the module ${url} doesn't define an action '${name}' at its top level; ` +
      (names.length === 0 ? 'it defines none' : `it defines ${names.join(', ')}`) +
      ". Call action() at the top level of the module whose import.meta it is given, not inside a function or behind an 'if'",
    where,
  )
}

/** Imports a module that defines actions. */
export async function importModule(url: string): Promise<Record<string, unknown>> {
  await prepareForTypeScript(url)
  return (await import(url)) as Record<string, unknown>
}

function loadError(url: string, name: string, where: Place, error: unknown): Error {
  // The guard was forgotten, or a name given twice: it says so itself (S13).
  if (isHeddleError(error)) return error
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION' || code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING') {
    return new ActionNotFoundError(
      `action '${name}' can't be loaded: this Node (${process.version}) can't import ${url} in a thread. ` +
        'Compile it to JavaScript first, or start Node with --import tsx (from Node 22.18 on, erasable TypeScript outside node_modules works as it is)',
      { ...where, cause: error },
    )
  }
  if (code === 'ERR_MODULE_NOT_FOUND' && (error as { url?: unknown }).url === url) {
    return new ActionNotFoundError(`action '${name}' can't be loaded: there is no module ${url}`, {
      ...where,
      cause: error,
    })
  }
  const thrown = error instanceof Error ? error : undefined
  return new ActionFailedError(
    `action '${name}' can't be loaded: importing ${url} failed with ${thrown === undefined ? describeValue(error) : `${thrown.name}: ${thrown.message}`}`,
    { ...where, cause: error, code: thrown?.name ?? 'NonError' },
  )
}
