// The loading of TypeScript in this Node: by itself from 22.18 on, with tsx elsewhere. Threads are given what tsx needs.

import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { UsageError } from '../input/usage-error.js'

/** What loads a TypeScript module here. */
export type TypeScriptLoading =
  | { readonly how: 'native' }
  /** With the URL for `--import`. */
  | { readonly how: 'tsx'; readonly loader: string; readonly version: string }
  | { readonly how: 'none' }

/** What loads TypeScript here: `tsx` is looked for from the module, the current folder, and the command line itself. */
export function findTypeScriptLoading(moduleUrl: string): TypeScriptLoading {
  // The types of Node 20 don't know it yet. JSX is more than Node strips.
  const { typescript } = process.features as { readonly typescript?: false | 'strip' | 'transform' }
  if (typescript && !new URL(moduleUrl).pathname.endsWith('x')) return { how: 'native' }
  const from = [moduleUrl, pathToFileURL(`${process.cwd()}/noop.js`).href, import.meta.url]
  for (const place of from) {
    const require = createRequire(place)
    try {
      const { version } = require('tsx/package.json') as { readonly version: string }
      return { how: 'tsx', loader: pathToFileURL(require.resolve('tsx')).href, version }
    } catch {
      // Not from here.
    }
  }
  return { how: 'none' }
}

/** Whether a module has to be loaded as TypeScript. */
function isTypeScript(moduleUrl: string): boolean {
  return /\.[cm]?tsx?$/.test(new URL(moduleUrl).pathname)
}

/**
 * Node's options for threads that load a module; `undefined` where they need none of their own.
 *
 * @throws `UsageError` that says what to install.
 */
export function threadOptionsFor(moduleUrl: string): readonly string[] | undefined {
  if (!isTypeScript(moduleUrl) || startedWithTsx()) return undefined
  const loading = findTypeScriptLoading(moduleUrl)
  switch (loading.how) {
    case 'native':
      return undefined
    case 'tsx':
      return [...process.execArgv, '--import', loading.loader]
    case 'none':
      throw new UsageError(
        `this Node (${process.version}) can't load ${fileURLToPath(moduleUrl)} by itself: install tsx beside it ` +
          '(npm install --save-dev tsx), use Node 22.18 or newer, or compile it to JavaScript first',
      )
  }
}

/** Whether tsx is there already, as in `NODE_OPTIONS='--import tsx' heddle …`. */
function startedWithTsx(): boolean {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
  return options.some((option) => /(^|[\\/=])tsx([\\/]|$)/.test(option))
}
