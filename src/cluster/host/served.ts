// What a host serves: by names that other machines know, nothing that comes from the wire is imported otherwise (D2).

import { ActionInputError } from '../../protocol/errors/errors.js'
import { messageOf } from '../../protocol/values/describe-value.js'
import { createRuntime } from '../../runtime/runtime.js'
import type { RuntimeOptions } from '../../runtime.js'
import type { ResolvedActionOptions } from '../../protocol/resolved-options.js'
import { buildOf, ModuleHashes, queueOf, type LaneKind } from '../build.js'
import { ModuleNames } from '../naming.js'
import type { NamedDefine } from '../lane-messages.js'
import { inspectServed, type FoundAction } from './inspect-served.js'

/** An action of a host, or why it isn't one. */
export type Lookup = { readonly url: string } | { readonly refused: string }

/** Imports modules in a thread, and gives what they define. Rejects with what is wrong with one. */
export async function findServed(
  urls: readonly string[],
  options: Pick<RuntimeOptions, 'resourceLimits' | 'env' | 'execArgv'>,
): Promise<readonly FoundAction[]> {
  const runtime = createRuntime({ threads: 1, ...options })
  try {
    return await runtime.run(inspectServed, { urls })
  } catch (error) {
    throw new ActionInputError(`startWorker: the option 'actions': ${messageOf(error)}`, { cause: error })
  } finally {
    await runtime.close()
  }
}

/** All actions of one host. */
export class Served {
  readonly names: ModuleNames = new ModuleNames()
  /** A build for each package, or the one that was given. */
  readonly builds: readonly string[]
  readonly #hashes = new ModuleHashes()
  readonly #build: string | undefined
  /** By the names of module and action. */
  readonly #urls = new Map<string, string>()
  readonly #modules = new Set<string>()
  /** Of commands, by the same. */
  readonly #commands = new Map<string, ResolvedActionOptions>()

  /** @throws `ActionInputError` where there is nothing that could be served. */
  constructor(found: readonly FoundAction[], build: string | undefined) {
    this.#build = build
    const builds = new Set<string>()
    let why: string | undefined
    for (const { url, name, command } of found) {
      const named = this.names.nameOf(url)
      if ('refused' in named) {
        why ??= `'${name}': ${named.refused}`
        continue
      }
      this.#urls.set(keyOf(named.text, name), url)
      if (command !== undefined) this.#commands.set(keyOf(url, name), command)
      this.#modules.add(named.text)
      builds.add(buildOf(named, build))
      // Now: what is imported later is what is there now.
      if (build === undefined) this.#hashes.of(url)
    }
    if (builds.size === 0) {
      throw new ActionInputError(
        `startWorker: the option 'actions': ${why ?? 'the modules define no action: call action() at their top level'}`,
      )
    }
    this.builds = [...builds]
  }

  /** How many there are. */
  get size(): number {
    return this.#urls.size
  }

  /** Their names, each with its module's. */
  list(): string[] {
    return [...this.#urls.keys()].map((key) => key.replace('\n', ' ')).toSorted()
  }

  /** The queues that lanes for these are asked for in: with labels and without, and for each set of resources. */
  queues(labels: readonly string[], resources: readonly string[]): string[] {
    const kinds: readonly LaneKind[] = this.#commands.size > 0 ? ['lanes', 'commands'] : ['lanes']
    return this.builds.flatMap((build) =>
      [undefined, ...labels].flatMap((label) =>
        kinds.flatMap((kind) => subsetsOf(resources).map((names) => queueOf(build, label, kind, names))),
      ),
    )
  }

  /** What is known of a command; `undefined` for all else. */
  commandOptions(url: string, name: string): ResolvedActionOptions | undefined {
    return this.#commands.get(keyOf(url, name))
  }

  /** The action that an owner means. */
  find({ module, name, hash, unnamed }: NamedDefine, kind: LaneKind): Lookup {
    if (module === undefined) return { refused: `'${name}' has no name here: ${unnamed}` }
    const url = this.#urls.get(keyOf(module, name))
    if (url === undefined) {
      const what = this.#modules.has(module)
        ? `its ${module} defines no '${name}'`
        : `it has no module ${module} (wanted for '${name}')`
      return { refused: `${what}: start it with that module among its actions` }
    }
    if (this.#build === undefined && hash !== this.#hashes.of(url)) {
      return {
        refused: `its ${module} is another than the app's, though the version is the same: give both sides the same files, or the same 'build'`,
      }
    }
    // Nothing else is ever loaded where commands run (D2).
    if (kind === 'commands' && this.commandOptions(url, name) === undefined)
      return { refused: `its '${name}' of ${module} is no command` }
    return { url }
  }
}

function keyOf(module: string, name: string): string {
  return `${module}\n${name}`
}

/** All of them, in order, the empty one first. */
function subsetsOf(names: readonly string[]): string[][] {
  const subsets: string[][] = [[]]
  for (const name of names.toSorted()) subsets.push(...subsets.map((subset) => [...subset, name]))
  return subsets
}
