// Numbers as they are shown to people.

/** A number in a message: four digits. */
export function showNumber(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}
