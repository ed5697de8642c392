import type { SweepResult } from '../sweep-result.js'
export function renderPage(result: SweepResult): string { return String(result) }
