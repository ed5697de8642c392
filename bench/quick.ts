// `--quick`: each suite does the least of everything, to see that it runs. Its figures mean nothing.

/** Whether this process was asked to be quick. */
export const isQuick: boolean = process.argv.includes('--quick')

/** So many, or one where it is to be quick. */
export function unlessQuick(count: number, quick: number = 1): number {
  return isQuick ? Math.min(count, quick) : count
}
