// The exit codes of the process, in one place, as shells and scripts rely on it.

import type { TerminalPhase } from '../../protocol/outcome.js'

/** Everything went well. */
export const EXIT_OK = 0
/** A run failed, or a command couldn't do its work. */
export const EXIT_FAILED = 1
/** The command line, or the input, is wrong. */
export const EXIT_USAGE = 2
/** Unknown: a process that may have what was named doesn't answer. */
export const EXIT_SILENT = 3
/** A run timed out; as of `timeout(1)`. */
const EXIT_TIMED_OUT = 124
/** A run was aborted, by Ctrl-C or from outside: 128 + SIGINT. */
export const EXIT_ABORTED = 130
/** The process was told to stop: 128 + SIGTERM. */
export const EXIT_TERMINATED = 143
/** The terminal has gone: 128 + SIGHUP. */
export const EXIT_HUNG_UP = 129

/** What a run that ended so exits with. */
export function exitCodeOf(status: TerminalPhase): number {
  switch (status) {
    case 'succeeded':
      return EXIT_OK
    case 'failed':
      return EXIT_FAILED
    case 'timedOut':
      return EXIT_TIMED_OUT
    case 'aborted':
      return EXIT_ABORTED
  }
}
