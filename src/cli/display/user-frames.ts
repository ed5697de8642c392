// Stacks as an action's author wants them: beginning with their own code.

import { fileURLToPath } from 'node:url'
import { packageFile } from '../../package-root.js'

const OWN_FOLDER = fileURLToPath(packageFile('dist/')).replaceAll('\\', '/')

/** What this package is built on: its frames stand between those of the package. */
const OWN_PACKAGES = /\/node_modules\/(?:bullmq|comlink|heddle\/dist|ioredis|piscina|xstate)\//

/**
 * The lines of a stack, or of several in one text, without the frames of this package, and of Node, that stand above the
 * first one of anybody else. Where there is none of anybody else, without any: they say nothing to who reads it.
 */
export function fromUserFrame(lines: readonly string[]): string[] {
  const kept: string[] = []
  for (let at = 0; at < lines.length;) {
    if (!isFrame(lines[at]!)) {
      kept.push(lines[at]!)
      at += 1
      continue
    }
    let end = at
    while (end < lines.length && isFrame(lines[end]!)) end += 1
    const frames = lines.slice(at, end)
    const first = frames.findIndex((frame) => !isOwn(frame))
    if (first !== -1) kept.push(...frames.slice(first))
    at = end
  }
  return kept
}

function isFrame(line: string): boolean {
  return /^\s*at /.test(line)
}

function isOwn(frame: string): boolean {
  const path = frame.replaceAll('\\', '/')
  return path.includes('node:') || path.includes(OWN_FOLDER) || OWN_PACKAGES.test(path)
}
