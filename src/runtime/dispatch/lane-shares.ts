// How many lanes each destination gets, where all together want more than there may be. Pure.

/** What one destination uses, and could do with besides. */
export interface Claim {
  readonly used: number
  readonly demand: number
}

/**
 * Max-min fair: whoever wants less than an equal part gets all of it, and the others share what is left. Never more than `most`
 * together; what can't be divided is left over. Where there aren't enough for all, a destination that nobody serves gets one, which
 * tells whoever scales its machines; but none that would be the only one of a destination that somebody serves.
 */
export function shareLanes(
  claims: readonly Claim[],
  most: number,
  isUnserved: (index: number) => boolean = () => false,
): number[] {
  const wants = claims.map(({ used, demand }) => used + demand)
  const isScarce = sum(wants) > most
  const wanting = [...wants.keys()].filter((index) => (wants[index] as number) > 0)
  const unserved = isScarce ? wanting.filter(isUnserved) : []
  const served = wanting.filter((index) => !unserved.includes(index))
  const reserved = Math.min(unserved.length, Math.max(0, most - served.length))
  const shares = claims.map(() => 0)
  shareOut(served, wants, most - reserved, shares)
  for (const index of unserved) {
    const { used, demand } = claims[index] as Claim
    wants[index] = used + Math.min(1, demand)
  }
  shareOut(unserved, wants, most - sum(shares), shares)
  return shares
}

/** The smallest wants first: what these leave of an equal part is for the others. */
function shareOut(
  indexes: readonly number[],
  wants: readonly number[],
  most: number,
  shares: number[],
): void {
  let left = Math.max(0, most)
  const byWant = indexes
    .map((index) => ({ index, want: wants[index] as number }))
    .toSorted((a, b) => a.want - b.want)
  byWant.forEach(({ index, want }, rank) => {
    const part = Math.max(1, Math.floor(left / (byWant.length - rank)))
    const share = Math.min(want, part, left)
    shares[index] = share
    left -= share
  })
}

export function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
