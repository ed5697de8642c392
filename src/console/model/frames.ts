// Brings the page up to date: with the next frame that the browser draws, and now and then where it draws none, because the
// page is hidden. However much happens, it is shown once a frame.

const HIDDEN_EVERY_MS = 1000

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
