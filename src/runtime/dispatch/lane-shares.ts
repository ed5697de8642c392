// How many lanes each destination gets, where all together want more than there may be. Pure.

/** What one destination uses, and could do with besides. */
export interface Claim {
  readonly used: number
  readonly demand: number
}

/**
 * Max-min fair: whoever wants less than an equal part gets all of it, and the others share what is left. Never more than `most`
 * together; what can't be divided is left over.
 */
export function shareLanes(claims: readonly Claim[], most: number): number[] {
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
