// Saves a run as a file: what the server gives, under a name that says which run and when.

import type { RunStore } from './model/run-store.js'

/** Fetches the export and hands it to the browser's downloads. */
export async function saveExport(store: RunStore, form: 'json' | 'trace'): Promise<void> {
  const content = form === 'json' ? await store.client.export(store.run) : await store.client.trace(store.run)
  const blob = new Blob([JSON.stringify(content)], { type: 'application/json' })
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  const moment = new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')
  link.download = `${store.run.replace(/[^\w.-]+/g, '_')}-${moment}${form === 'trace' ? '.trace' : ''}.json`
  link.click()
  // The download has taken the data by the next turn at the latest in which it can be let go.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
