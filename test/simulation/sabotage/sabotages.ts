// All sabotages.

import { ELSEWHERE } from './elsewhere.js'
import { LATELY } from './lately.js'
import { LIVES } from './lives.js'
import type { Sabotage } from './sabotage.js'
import { SCEPTIC } from './sceptic.js'
import { THREADS } from './threads.js'
import { TREE } from './tree.js'

export const SABOTAGES: readonly Sabotage[] = [
  ...LIVES,
  ...TREE,
  ...THREADS,
  ...SCEPTIC,
  ...ELSEWHERE,
  ...LATELY,
]
