// Brings the page up to date: with the next frame that the browser draws, and now and then where it draws none, because the
// page is hidden. However much happens, it is shown once a frame.

const HIDDEN_EVERY_MS = 1000
/** How many times as long as something took there is time for other things before it is done again. */
const REST = 6

/** Calls back once, at the next frame. Returns a function that takes it back. */
function atNextFrame(callback: () => void): () => void {
  if (document.visibilityState === 'hidden') {
    const timer = setTimeout(callback, HIDDEN_EVERY_MS)
    return () => clearTimeout(timer)
  }
  const frame = requestAnimationFrame(callback)
  return () => cancelAnimationFrame(frame)
}

/** Gathers calls: however often it is called, the callback runs once at the next frame. */
export function oncePerFrame(callback: () => void): { (): void; cancel(): void } {
  let cancel: (() => void) | undefined
  const ask = (): void => {
    cancel ??= atNextFrame(() => {
      cancel = undefined
      callback()
    })
  }
  ask.cancel = (): void => {
    cancel?.()
    cancel = undefined
  }
  return ask
}

/** Calls back at every frame, at most so often, until the returned function is called. */
export function everyFrame(callback: () => void, atLeastMs = 0): () => void {
  let last = -Infinity
  let cancel: (() => void) | undefined
  const step = (): void => {
    const now = performance.now()
    if (now - last >= atLeastMs - 2) {
      last = now
      callback()
    }
    cancel = atNextFrame(step)
  }
  cancel = atNextFrame(step)
  return () => cancel?.()
}

/**
 * Calls back again and again, at most so often, until the returned function is called. Where the call, and the frame that shows what
 * follows from it, take long, the next one comes so much later that the page answers in between.
 */
export function paced(callback: () => void, atLeastMs: number): () => void {
  let cancel: (() => void) | undefined
  const after = (ms: number, next: () => void): void => {
    const timer = setTimeout(next, ms)
    cancel = () => clearTimeout(timer)
  }
  const step = (): void => {
    const begunAt = performance.now()
    callback()
    cancel = atNextFrame(() =>
      // Behind that frame.
      after(0, () => after(Math.max(atLeastMs, REST * (performance.now() - begunAt)), step)),
    )
  }
  after(atLeastMs, step)
  return () => cancel?.()
}
