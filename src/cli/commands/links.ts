// Addresses of the console on a terminal: one that opens, where a person can follow it, and never a token anywhere else.

import type { WriteStream } from 'node:tty'

/** Where the console shows a run, or all of them; with a token, unlocked. */
export function linkTo(url: string, run: string | undefined, token?: string): string {
  const place = `${url}/${run === undefined ? '' : `runs/${encodeURIComponent(run)}`}`
  return token === undefined ? place : `${place}#token=${encodeURIComponent(token)}`
}

/** Whether what is written there is read by a person, now, and by nobody later: a terminal, and not that of a CI. */
export function isInteractive(
  stream: Pick<WriteStream, 'isTTY'>,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): boolean {
  const { CI, TERM } = env
  const isCi = CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false'
  return stream.isTTY && !isCi && TERM !== 'dumb'
}

/** A text that opens a link where it is clicked (OSC 8). Terminals that don't know it show the text alone. */
export function hyperlink(text: string, link: string): string {
  return `\u001b]8;;${link}\u001b\\${text}\u001b]8;;\u001b\\`
}
