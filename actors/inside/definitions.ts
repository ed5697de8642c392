// Finds a definition in this thread: by the registry once its module has been imported, or among the module's exports
// when the module uses another copy of the package.

import { definedNames, findDefinition, isDefinition, type FullDefinition } from '../../src/action.js'
import { inNobodysContext } from '../../src/protocol/async-context.js'
import { cutText, describeValue } from '../../src/protocol/values/describe-value.js'
import { ActionFailedError, ActionNotFoundError } from '../../src/protocol/errors/errors.js'
import { isHeddleError } from '../../src/protocol/errors/is-heddle-error.js'
import { prepareForTypeScript } from '../../src/typescript.js'
import { currentBody, ModuleLoad } from './body/current-body.js'
import { world } from '../../src/protocol/world.js'

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
  isOwnThread: boolean,
): FullDefinition | Promise<FullDefinition> {
  const registered = isOwnThread ? findDefinition(url, name) : undefined
  return registered ?? importDefinition(url, name, where)
}

/** The action for which a definition is looked for; nothing, where that is done ahead of need. */
interface Place {
  readonly run?: string
  readonly action?: string
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

/** Imports a module that defines actions: in no body's context, as what its top level does is no body's doing. */
export function importModule(url: string): Promise<Record<string, unknown>> {
  return inNobodysContext(() =>
    currentBody.run(new ModuleLoad(url), async () => {
      await prepareForTypeScript(url)
      return world.importModule(url)
    }),
  )
}

const LONGEST_URL = 200

/** As Node names what it was given by --eval, --print or standard input, and what is typed in. */
function isTypedIn(url: string): boolean {
  return /\/(?:\[(?:eval|stdin|worker eval)\d*\]|REPL\d*|repl)(?:-wrapper)?$/.test(decodeURI(url))
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
  if (code === 'ERR_UNSUPPORTED_ESM_URL_SCHEME') {
    return new ActionNotFoundError(
      `action '${name}' can't be loaded: threads import what lies in files (file:) and data: URLs, and the module is ${cutText(url, LONGEST_URL)}. Put the action into a file`,
      { ...where, cause: error },
    )
  }
  if (code === 'ERR_MODULE_NOT_FOUND' && isTypedIn(url)) {
    return new ActionNotFoundError(
      `action '${name}' can't be loaded: it was defined by code that isn't in a file (--eval, standard input, a REPL: ${url}), and such code can't be imported by threads. Put the action into a file, and import that`,
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
