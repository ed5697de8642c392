// Copies a folder of files that somebody may be writing: each file is as it was at one moment, if it is written under another
// name and renamed; the copy appears as a whole, or not at all.

import { constants } from 'node:fs'
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Puts a copy in place of whatever is there. Rejects with the signal's reason when it is aborted. */
export async function copyFolder(from: string, to: string, signal: AbortSignal): Promise<void> {
  const unfinished = `${to}.new`
  await rm(unfinished, { recursive: true, force: true })
  await copyInto(from, unfinished, signal)
  await rm(to, { recursive: true, force: true })
  await rename(unfinished, to)
}

async function copyInto(from: string, to: string, signal: AbortSignal): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    signal.throwIfAborted()
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyInto(source, target, signal)
    else await copyFile(source, target, constants.COPYFILE_FICLONE).catch(unlessGone)
  }
}

/** What was there a moment ago has another name now. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
