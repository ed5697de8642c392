// What a sandboxed worker of BullMQ does with a job.

import { noOp } from '../tasks.js'

export default async function process(): Promise<number> {
  return noOp()
}
