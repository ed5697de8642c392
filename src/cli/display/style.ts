// Colours, where they are wanted: on a terminal that has them, unless NO_COLOR says no or FORCE_COLOR says yes.

import { styleText } from 'node:util'
import type { WriteStream } from 'node:tty'
import type { Phase } from '../../protocol/outcome.js'

type Format = Parameters<typeof styleText>[0]

/** Writes a text in a format, or as it is where colours aren't wanted. */
export type Style = (format: Format, text: string) => string

const PHASE_FORMATS: Readonly<Record<Phase, Format>> = {
  queued: 'dim',
  running: 'cyan',
  aborting: 'yellow',
  succeeded: 'green',
  failed: 'red',
  aborted: 'magenta',
  timedOut: 'red',
}

/** A sign for each phase, so that colour isn't all that tells them apart. */
export const PHASE_SIGNS: Readonly<Record<Phase, string>> = {
  queued: '·',
  running: '▸',
  aborting: '◌',
  succeeded: '✔',
  failed: '✘',
  aborted: '■',
  timedOut: '◷',
}

/** The style for what is written to a stream. */
export function styleFor(stream: Pick<WriteStream, 'isTTY'> & Partial<WriteStream>): Style {
  return hasColours(stream) ? coloured : plain
}

/** A text in the colour of a phase. */
export function inPhase(style: Style, phase: Phase, text: string): string {
  return style(PHASE_FORMATS[phase], text)
}

function hasColours(stream: Partial<WriteStream>): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return stream.isTTY === true && stream.hasColors?.() === true
}

const plain: Style = (_format, text) => text
const coloured: Style = (format, text) => styleText(format, text, { validateStream: false })
