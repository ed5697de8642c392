// The output of running code. Standard output carries the result and nothing else, so all that threads write to either
// stream comes here (Node hands it to this process's streams) and is shown as the display wants it.

import { stderr, stdout } from 'node:process'

type Write = typeof stdout.write

/** The two streams while they are taken over. */
export interface CapturedOutput extends Disposable {
  /** Hands what else is written from now on to this function. */
  redirect(onText: (text: string) => void): void
  /** Reaches the real standard output. */
  writeOut(text: string): void
  /** Reaches the real standard error. */
  writeError(text: string): void
}

/** Takes over both streams until disposed of. What else is written to them is dropped until it is redirected. */
export function captureOutput(): CapturedOutput {
  // For good: an error comes later than the write that it is of.
  for (const stream of [stdout, stderr]) stream.on('error', ignoreGoneReader)
  let onText: ((text: string) => void) | undefined
  const out = stdout.write.bind(stdout)
  const error = stderr.write.bind(stderr)
  const restore = [stdout, stderr].map((stream) => {
    const own = Object.getOwnPropertyDescriptor(stream, 'write')
    return (): void => {
      Reflect.deleteProperty(stream, 'write')
      if (own !== undefined) Object.defineProperty(stream, 'write', own)
    }
  })
  const take = ((chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    onText?.(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'))
    const done = rest.find((one) => typeof one === 'function') as (() => void) | undefined
    if (done !== undefined) process.nextTick(done)
    return true
  }) as Write
  stdout.write = take
  stderr.write = take
  return {
    redirect: (to) => {
      onText = to
    },
    writeOut: (text) => void out(text),
    writeError: (text) => void error(text),
    [Symbol.dispose]() {
      for (const one of restore) one()
    },
  }
}

/** A reader that has gone is no reason to stop what runs. */
function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}
