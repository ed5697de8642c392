// How many lanes each destination gets, where all together want more than there may be. Pure.

/** What one destination uses, and could do with besides. */
export interface Claim {
  readonly used: number
  readonly demand: number
}

/**
 * Max-min fair: whoever wants less than an equal part gets all of it, and the others share what is left. Never more than `most`
 * together; what can't be divided is left over. Where there aren't enough for all, one is asked for where nobody is: it comes up as
 * soon as somebody is.
 */
export function shareLanes(
  all: readonly Claim[],
  most: number,
  isUnserved: (index: number) => boolean = () => false,
): number[] {
  const isScarce = all.reduce((total, { used, demand }) => total + used + demand, 0) > most
  const claims = all.map(({ used, demand }, index) => ({
    used,
    demand: isScarce && isUnserved(index) ? Math.min(1, demand) : demand,
  }))
  const shares = claims.map(() => 0)
  const byClaim = claims
    .map(({ used, demand }, index) => ({ index, claim: used + demand }))
    .toSorted((a, b) => a.claim - b.claim)
  let left = Math.max(0, most)
  byClaim.forEach(({ index, claim }, rank) => {
    const part = Math.max(1, Math.floor(left / (byClaim.length - rank)))
    const share = Math.min(claim, part, left)
    shares[index] = share
    left -= share
  })
  return shares
}
