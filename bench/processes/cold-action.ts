// The no-op as an action, and nothing else: what a program's first action costs.

import { action } from 'heddle'
import * as tasks from '../tasks.js'

export const noOp = action(import.meta, 'noOp', tasks.noOp)
