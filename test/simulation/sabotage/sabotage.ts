// A small sabotage of the product, which breaks a rule in a way that a hasty change might. What finds it is told by `run.ts`.

/** One of them. `find` stands exactly once in the file. */
export interface Sabotage {
  readonly name: string
  /** What it breaks. */
  readonly rule: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Test files that are run where the simulation doesn't find it. */
  readonly tests?: readonly string[]
  /** Whether it shows only in histories that have other machines. */
  readonly isNetworked?: boolean
}
