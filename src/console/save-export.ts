// Saves what the page shows as files: a run as the server gives it, under a name that says which run and when, and texts.

import type { RunStore } from './model/runs/run-store.js'

/** Fetches the export and hands it to the browser's downloads. */
export async function saveExport(store: RunStore, form: 'json' | 'trace'): Promise<void> {
  const content = form === 'json' ? await store.client.export(store.run) : await store.client.trace(store.run)
  saveFile(
    `${store.run}-${moment()}${form === 'trace' ? '.trace' : ''}.json`,
    'application/json',
    JSON.stringify(content),
  )
}

/** Hands a text to the browser's downloads. What a file's name can't have is replaced in it. */
export function saveFile(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name.replace(/[^\w.-]+/g, '_')
  link.click()
  // The download has taken the data by the next turn at the latest in which it can be let go.
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

/** Now, as a part of a file's name. */
export function moment(): string {
  return new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')
}
