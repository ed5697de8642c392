// A project of its own in a temporary folder, with a copy of the package among its modules, as an app has it.

import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const DEPENDENCIES = [
  'xstate',
  'piscina',
  '@standard-schema',
  'commander',
  '@bomb.sh',
  'leven',
  'fast-string-truncated-width',
  'hono',
  '@hono',
  'eventsource-parser',
  'prom-client',
]

/** A folder with files in it; disposing of it removes it. */
export interface Project extends AsyncDisposable {
  readonly folder: string
  /** Where a file of it is. */
  path(name: string): string
}

/** Makes one. `copies`: where copies of the package go, as folders that have a `node_modules` of their own. */
export async function createProject(
  name: string,
  files: Readonly<Record<string, string>>,
  copies: readonly string[] = ['.'],
): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), name))
  const project: Project = {
    folder,
    path: (file) => join(folder, file),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
  await mkdir(project.path('node_modules'))
  for (const dependency of DEPENDENCIES) {
    await symlink(join(root, 'node_modules', dependency), project.path(`node_modules/${dependency}`))
  }
  for (const copy of copies) {
    const target = project.path(join(copy, 'node_modules/heddle'))
    await cp(join(root, 'dist'), join(target, 'dist'), { recursive: true })
    await cp(join(root, 'package.json'), join(target, 'package.json'))
  }
  for (const [file, text] of Object.entries(files)) await writeFile(project.path(file), text)
  return project
}
