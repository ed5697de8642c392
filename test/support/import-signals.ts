// What a module says while a thread imports it, and what it is told.

/** A line to modules that are being imported. */
export class ImportSignals implements Disposable {
  readonly #channel: InstanceType<typeof BroadcastChannel>
  #loading = 0
  readonly #waiting: (() => void)[] = []

  constructor(name: string) {
    this.#channel = new BroadcastChannel(name)
    this.#channel.addEventListener('message', () => {
      this.#loading += 1
      for (const resolve of this.#waiting.splice(0)) resolve()
    })
  }

  /** Resolves when the import has begun in so many threads. */
  async loading(threads: number = 1): Promise<void> {
    while (this.#loading < threads) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Lets all of them go on. */
  go(): void {
    this.#channel.postMessage('go')
  }

  [Symbol.dispose](): void {
    this.#channel.close()
  }
}
