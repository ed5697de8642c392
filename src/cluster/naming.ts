// The names by which machines speak of modules (D1): package, and path below its root, without the extension. So the same
// action has one name, wherever its package is installed, and whether it was compiled.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { messageOf } from '../protocol/values/describe-value.js'

/** A module as other machines know it. */
export interface NamedModule {
  /** `package/path/of/module`, without an extension. */
  readonly text: string
  readonly package: string
  /** The package's; '' where it has none. */
  readonly version: string
}

/** Why a module has no name. */
export interface Unnamed {
  readonly refused: string
}

/** A package on this machine. */
interface PackageFolder {
  readonly name: string
  readonly version: string
  readonly root: string
}

const EXTENSION = /\.[cm]?[jt]sx?$/
/** In the order in which they are looked for: what was compiled goes first. */
const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.jsx', '.tsx']

/** The names of the modules of one process. */
export class ModuleNames {
  readonly #byUrl = new Map<string, NamedModule | Unnamed>()
  readonly #urls = new Map<string, string>()
  readonly #packages = new Map<string, PackageFolder>()
  /** By folder: the package that it is in. */
  readonly #folders = new Map<string, PackageFolder | Unnamed>()

  /** The name of a module by its URL, or why it has none. */
  nameOf(url: string): NamedModule | Unnamed {
    let named = this.#byUrl.get(url)
    if (named === undefined) {
      named = this.#find(url)
      this.#byUrl.set(url, named)
      if (!('refused' in named) && !this.#urls.has(named.text)) this.#urls.set(named.text, url)
    }
    return named
  }

  /** The module of that name: one that has been named here, or a file in a package of which one has been. */
  urlOf(text: string): string | undefined {
    const known = this.#urls.get(text)
    if (known !== undefined) return known
    for (const { name, root } of this.#packages.values()) {
      if (!text.startsWith(`${name}/`)) continue
      const base = resolve(root, text.slice(name.length + 1))
      if (!base.startsWith(root + sep)) continue
      const file = EXTENSIONS.map((extension) => base + extension).find((path) => existsSync(path))
      if (file === undefined) continue
      const url = pathToFileURL(file).href
      this.#urls.set(text, url)
      return url
    }
    return undefined
  }

  #find(url: string): NamedModule | Unnamed {
    if (!URL.canParse(url) || new URL(url).protocol !== 'file:')
      return { refused: `its module isn't a file that other machines could have, too: ${url}` }
    const file = fileURLToPath(url)
    const found = this.#packageOf(dirname(file))
    if ('refused' in found) return { refused: `${found.refused} above its module ${url}` }
    this.#packages.set(found.root, found)
    const path = relative(found.root, file).split(sep).join('/').replace(EXTENSION, '')
    return { text: `${found.name}/${path}`, package: found.name, version: found.version }
  }

  #packageOf(folder: string): PackageFolder | Unnamed {
    const known = this.#folders.get(folder)
    if (known !== undefined) return known
    const own = readPackage(folder)
    const above = dirname(folder)
    const found =
      own ?? (above === folder ? { refused: 'there is no package.json with a name' } : this.#packageOf(above))
    this.#folders.set(folder, found)
    return found
  }
}

/** `undefined` where there is none, or one that only says of what type the modules are. */
function readPackage(folder: string): PackageFolder | Unnamed | undefined {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  try {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    if (typeof name !== 'string' || name === '') return undefined
    return { name, version: typeof version === 'string' ? version : '', root: folder }
  } catch (error) {
    return { refused: `${file} can't be read (${messageOf(error)})` }
  }
}
