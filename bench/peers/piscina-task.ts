// The same nothing, as a Piscina task.
export default function noOp(): number {
  return 1
}
