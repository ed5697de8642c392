// Locates the module of `heddle run`, and the copy of the package that it uses: the threads must load the same one.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { closestMatch } from 'leven'
import type { Cluster } from '../../cluster.js'
import type { ActionDefinition } from '../../definition.js'
import type { ActionRecord, RuntimeEvent } from '../../events.js'
import { packageFile } from '../../package-root.js'
import type { Outcome, TerminalPhase } from '../../protocol/outcome.js'
import type { ControlServer, ServeOptions } from '../../serving.js'
import { UsageError } from '../input/usage-error.js'

/** The URL of a module given as a path, a file URL or a package. @throws `UsageError` if there is none. */
export function locateModule(specifier: string, folder: string = process.cwd()): string {
  if (specifier.startsWith('file:')) return locateFile(fileURLToPath(specifier), specifier)
  const path = resolve(folder, specifier)
  if (existsSync(path) || /^(?:\.{0,2}[\\/]|[a-z]:[\\/])|\.[cm]?[jt]sx?$/i.test(specifier)) {
    return locateFile(path, specifier)
  }
  try {
    return pathToFileURL(createRequire(join(folder, 'noop.js')).resolve(specifier)).href
  } catch {
    return locateFile(path, specifier)
  }
}

function locateFile(path: string, specifier: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return pathToFileURL(path).href
  if (found !== undefined) {
    throw new UsageError(`'${specifier}' isn't a file: name the module in it that defines the action`)
  }
  const folder = dirname(path)
  const nearest = existsSync(folder) ? nearestFile(basename(path), readdirSync(folder)) : undefined
  const hint = nearest === undefined ? '' : `. Did you mean '${join(dirname(specifier), nearest)}'?`
  throw new UsageError(`there is no module '${specifier}' (${path})${hint}`)
}

/** The same name with another ending, or one that differs by a letter or two. */
function nearestFile(name: string, files: readonly string[]): string | undefined {
  const modules = files.filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !file.includes('.d.'))
  return (
    modules.find((file) => file === name || stem(file) === name || stem(file) === stem(name)) ??
    closestMatch(name, modules, { maxDistance: 2 })
  )
}

function stem(file: string): string {
  return file.replace(/\.[^.]+$/, '')
}

/** What the command line uses of the package, from the copy that the module itself imports. */
export interface Package {
  readonly createRuntime: (options: {
    readonly threads?: number
    readonly resources?: Readonly<Record<string, number>>
    readonly graceMs?: number
    readonly execArgv?: readonly string[]
  }) => ProjectRuntime
  /** URL of the module that describes modules, in that copy. */
  readonly inspector: string
}

/** What it uses of a runtime: no more, as the copy may be of another version. */
export interface ProjectRuntime {
  run<Output>(
    definition: ActionDefinition<never, Output>,
    input: unknown,
    options?: { readonly name?: string; readonly timeout?: { readonly deadlineMs: number } },
  ): ProjectRun<Output>
  abort(
    run: string,
    options: { readonly reason: string; readonly by: string; readonly force?: boolean },
  ): unknown
  events(): AsyncIterableIterator<RuntimeEvent>
  serve(options: ServeOptions): Promise<ControlServer>
  close(options?: { readonly graceMs?: number }): Promise<void>
}

/** What it uses of a run. */
export interface ProjectRun<Output> {
  readonly run: string
  readonly url: string | undefined
  readonly dropped: Readonly<Record<TerminalPhase, number>>
  actions(): readonly Pick<ActionRecord, 'id' | 'forceAt'>[]
  cancel(reason?: string): void
  reports(): AsyncIterable<unknown>
  settled(): Promise<Outcome<Output>>
}

/**
 * Loads the copy of the package that a module would import; this one, if it finds none.
 *
 * By URL, not by an import: the command line may be installed globally, and the project's copy is the one that counts.
 */
export async function loadPackageFor(moduleUrl: string): Promise<Package> {
  const index = packageIndex(moduleUrl) ?? packageFile('dist/src/index.js').href
  const inspector = new URL('cli/loading/inspect-module.js', index)
  if (!existsSync(inspector)) {
    throw new UsageError(
      `the module uses a copy of heddle that this command line can't work with (${fileURLToPath(index)}): update heddle in that project`,
    )
  }
  const { createRuntime } = (await import(index)) as Pick<Package, 'createRuntime'>
  return { createRuntime, inspector: inspector.href }
}

/** What the command line uses of `heddle/cluster`, from the copy that the modules import: a host runs their actions. */
export interface ClusterPackage {
  readonly startWorker: (options: Readonly<Record<string, unknown>>) => Promise<ProjectHost>
  readonly connectCluster: (options: Readonly<Record<string, unknown>>) => Cluster
}

/** What it uses of a host. */
interface ProjectHost {
  readonly instance: string
  readonly name: string
  readonly actions: readonly string[]
  lanes(): number
  drain(): Promise<boolean>
  close(): Promise<void>
}

/** Loads it for a module; this copy's, where there is none. */
export async function loadClusterFor(moduleUrl: string | undefined): Promise<ClusterPackage> {
  const found = moduleUrl === undefined ? undefined : packageIndex(moduleUrl)
  const index = found ?? packageFile('dist/src/index.js').href
  const cluster = new URL('cluster/index.js', index)
  if (existsSync(cluster)) return (await import(cluster.href)) as ClusterPackage
  throw new UsageError(
    `the module uses a copy of heddle that has no cluster (${fileURLToPath(index)}): update heddle in that project`,
  )
}

/** The file that `import 'heddle'` loads in a module. */
export function packageIndex(moduleUrl: string): string | undefined {
  try {
    return pathToFileURL(createRequire(moduleUrl).resolve('heddle')).href
  } catch {
    return undefined
  }
}
