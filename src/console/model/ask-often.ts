// Asks the server now and then, for what no event tells: only while somebody looks at the page.

const EVERY_MS = 2000

/** Asks until it is stopped. `ask` doesn't reject. */
export async function askOften(stopped: AbortSignal, ask: () => Promise<void>): Promise<void> {
  while (!stopped.aborted) {
    if (document.visibilityState === 'visible') await ask()
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}
