// The command that starts a run like another one, where its module is a file and its input is known whole. It has the action and
// its input, and nothing else of the process: no token, no variable of its environment.

import { fileURLToPath } from 'node:url'
import type { Json } from '../../api.js'
import { plainJson } from '../../shown/plain-json.js'
import { quoted } from '../../shown/quoted.js'
import type { ActionEntry } from './catalog.js'

/** For a POSIX shell; `undefined` where there is none. */
export function runCommandOf(root: ActionEntry): string | undefined {
  const { url, name } = root.action.definition
  const input = inputOf(root)
  if (!url.startsWith('file:') || input === undefined) return undefined
  try {
    const words = ['heddle', 'run', fileURLToPath(url), name]
    if (input.given !== undefined) words.push('--input', JSON.stringify(input.given))
    return words.map(quoted).join(' ')
  } catch {
    // A URL that is no path on this system.
    return undefined
  }
}

/** What it was started with, if that is known whole; `given` is left out where it was nothing. */
function inputOf({ input, isInputKnown }: ActionEntry): { readonly given?: Json } | undefined {
  if (input === undefined) return isInputKnown ? {} : undefined
  const given = plainJson(input)
  return given === undefined ? undefined : { given }
}
