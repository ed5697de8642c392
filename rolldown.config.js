// The JavaScript of the package: a few files in dist instead of some three hundred, since a thread, and a process, pays
// about a millisecond of processor time for each module that it loads.

import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { defineConfig } from 'rolldown'

/** What is loaded by its path: entry points, commands, and what a thread or a child process begins with. */
const ENTRIES = [
  'src/index',
  'src/thread-index',
  'src/sweep/index',
  'src/cluster/index',
  'src/cluster/host/inspect-served',
  'src/process/index',
  'src/process/supervisor/main',
  'src/control/client/index',
  'src/cli/main',
  'src/cli/loading/inspect-module',
  'src/cli/loading/spin',
  'actors/index',
  'actors/inside/entry',
]

/** What the host in a thread is made of, and what lies below it: in one file. What it loads only when needed is apart. */
const HOST =
  /^(?:actors\/inside\/(?!logic\/|(?:pool-)?entry\.)|src\/(?:collections|protocol|checks|handles|channels)\/|src\/(?!index|thread-index|exports)[^/]+\.ts$)/

const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
const packages = Object.keys({ ...dependencies, ...peerDependencies })

const shared = {
  platform: 'node',
  transform: { target: 'es2023' },
  external: [/^node:/, ...packages, new RegExp(`^(?:${packages.join('|')})/`)],
}

/** A module's path in the project. */
const pathOf = (id) =>
  relative(import.meta.dirname, id)
    .split(sep)
    .join('/')

export default defineConfig([
  {
    ...shared,
    input: Object.fromEntries(ENTRIES.map((entry) => [entry, `${entry}.ts`])),
    output: {
      dir: 'dist',
      format: 'esm',
      chunkFileNames: 'chunks/[name]-[hash].js',
      codeSplitting: { groups: [{ name: 'host', test: (id) => HOST.test(pathOf(id)) }] },
    },
  },
  {
    ...shared,
    // It imports the entry by its path in dist.
    external: [...shared.external, './entry.js'],
    input: 'actors/inside/pool-entry.ts',
    output: { file: 'dist/actors/inside/pool-entry.cjs', format: 'cjs', exports: 'default' },
  },
])
