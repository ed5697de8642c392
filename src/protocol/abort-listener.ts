// One listener for each signal of the app, however many actions hang on it: Node warns of the eleventh that one signal has,
// and the signal of a server's shutdown may be given to every request. Listeners are called in order, and no more once
// it has stopped.

type OnAbort = () => void

interface Link {
  readonly callbacks: Set<OnAbort>
  readonly listener: () => void
}

const links = new WeakMap<AbortSignal, Link>()

/**
 * Calls back once, when a signal that isn't aborted yet is aborted. Returns what stops listening; with the last one, the
 * signal is left as it was found (I9).
 */
export function listenToAbort(signal: AbortSignal, onAbort: OnAbort): () => void {
  const link = links.get(signal) ?? begin(signal)
  // A function of its own: the same callback may be given twice.
  const own = (): void => onAbort()
  link.callbacks.add(own)
  return () => {
    if (!link.callbacks.delete(own) || link.callbacks.size > 0) return
    end(signal, link)
  }
}

function begin(signal: AbortSignal): Link {
  const callbacks = new Set<OnAbort>()
  const link: Link = {
    callbacks,
    listener: () => {
      end(signal, link)
      // A listener that another one stops is gone from the set, and not called.
      for (const callback of callbacks) {
        callbacks.delete(callback)
        try {
          callback()
        } catch (error) {
          // As of any listener of its own: the others are called all the same.
          process.nextTick(() => {
            throw error
          })
        }
      }
    },
  }
  links.set(signal, link)
  signal.addEventListener('abort', link.listener, { once: true })
  return link
}

function end(signal: AbortSignal, link: Link): void {
  if (links.get(signal) !== link) return
  links.delete(signal)
  signal.removeEventListener('abort', link.listener)
}
