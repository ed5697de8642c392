// TypeScript modules in a thread. `node --import tsx` has tsx register itself in the main thread only, though threads
// inherit the option: where it was given, it is registered here, too. Apart from the host, since the command line uses it.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

interface TsxPackage {
  readonly exports: { readonly './esm/api': { readonly import: { readonly default: string } } }
}

let registration: Promise<void> | undefined

/** Sees to it that a TypeScript module can be imported here, if the process was started with tsx. */
export function prepareForTypeScript(url: string): Promise<void> {
  if (!/\.[cm]?tsx?$/.test(new URL(url).pathname)) return Promise.resolve()
  // A call that comes while it is under way waits for it, too.
  registration ??= registerTsx(url)
  return registration
}

async function registerTsx(url: string): Promise<void> {
  const loader = importedLoaders().find((specifier) => /(^|[\\/])tsx([\\/]|$)/.test(specifier))
  if (loader === undefined) return
  // Found from the module that needs it, or from where the loader itself lies (`npx tsx`).
  const api = findApi(url) ?? (URL.canParse(loader) ? findApi(loader) : undefined)
  // If from nowhere, the import itself will say what can't be loaded, and the way out.
  if (api === undefined) return
  const tsx = (await import(api)) as { register(): unknown }
  tsx.register()
}

/** URL of the ES module that registers tsx: its CommonJS twin looks for a file that isn't there. */
function findApi(from: string): string | undefined {
  try {
    const require = createRequire(from)
    const { exports } = require('tsx/package.json') as TsxPackage
    const root = pathToFileURL(require.resolve('tsx/package.json'))
    return new URL(exports['./esm/api'].import.default, root).href
  } catch {
    return undefined
  }
}

/** What `--import` names, on the command line or in NODE_OPTIONS. */
function importedLoaders(): string[] {
  const options = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
  return options.flatMap((option, index) => {
    if (option === '--import' || option === '--loader') return [options[index + 1] ?? '']
    return /^--(?:import|loader)=/.test(option) ? [option.slice(option.indexOf('=') + 1)] : []
  })
}
