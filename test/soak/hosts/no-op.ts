// What a million of are run. Hosts import this module.

import { action } from 'heddle'

export const noOp = action(import.meta, 'noOp', () => 1)
