// The machines that actions of a run have run on, numbered: a table keeps a number for each action.

/** One machine, other than that of the runtime. */
export interface HostName {
  readonly host: string
  readonly hostInstance: string
}

/** The number of the runtime's own machine. */
export const HERE = -1

/** All machines of one table. */
export class HostNames {
  readonly #names: HostName[] = []
  readonly #numbers = new Map<string, number>()

  /** The number of a machine; where none is told, that is the runtime's. */
  numberOf({ host, hostInstance }: { readonly [Key in keyof HostName]?: string | undefined }): number {
    if (host === undefined || hostInstance === undefined) return HERE
    let number = this.#numbers.get(hostInstance)
    if (number === undefined) {
      number = this.#names.push({ host, hostInstance }) - 1
      this.#numbers.set(hostInstance, number)
    }
    return number
  }

  /** The machine of a number; `undefined` for the runtime's. */
  get(number: number): HostName | undefined {
    return this.#names[number]
  }
}
