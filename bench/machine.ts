// What is measured on: the machine, Node, and the packages by the versions that are installed.

import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

/** Where and with what a run was made. */
export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  /** Versions by package. */
  readonly packages: Readonly<Record<string, string>>
}

const PACKAGES = [
  'piscina',
  'tinypool',
  'workerpool',
  'poolifier',
  'comlink',
  'effect',
  'noroutine',
  'xstate',
  'tinybench',
]

/** This machine. */
export function machine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    packages: {
      heddle: read(''),
      ...Object.fromEntries(PACKAGES.map((name) => [name, read(`node_modules/${name}/`)])),
    },
  }
}

function read(path: string): string {
  const file = new URL(`../../${path}package.json`, import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
