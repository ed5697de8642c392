// The files of the console's page, as they were built into the package, and the headers that a page is served with. Only
// what was found at the start is served, each file by its exact path, so that no request can name any other one.

import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packageFile } from '../../package-root.js'

/** A file that is served. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  /** It has its hash in its name: it may be kept for ever. */
  readonly isImmutable: boolean
}

/** Where the build puts the page. */
const CONSOLE_FOLDER = packageFile('dist/console/')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

/** Nothing but the server's own files and its API; nothing inline, and nobody's frame. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
  'x-frame-options': 'DENY',
}

const plainPage = (why: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Heddle</title>
<h1>Heddle</h1>
<p>This process is served by Heddle, but its console can't be shown: ${why}.</p>
<p>The API is at <code>/api/v1</code> (described by <code>/api/v1/openapi.json</code>), metrics are at
<code>/metrics</code>; both need the token. The command line is <code>heddle ps</code>.</p>
</html>
`

/**
 * The files by their paths, `/index.html` among them. Never rejects: without a console, or where it can't be read (in an
 * archive of a package manager's, in a bundle), there is a plain page that says so, and all else is served.
 */
export async function loadConsole(folder: URL = CONSOLE_FOLDER): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>()
  let why = "its files aren't part of this build"
  try {
    await loadFolder(fileURLToPath(folder), '', files)
  } catch (error) {
    files.clear()
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') why = `its files can't be read (${code ?? 'unknown error'})`
  }
  if (!files.has('/index.html')) {
    const bytes = new TextEncoder().encode(plainPage(why))
    files.set('/index.html', { bytes, type: TYPES['.html'] as string, isImmutable: false })
  }
  return files
}

/** Folder by folder: `recursive` gives no paths where the file system is an archive (Yarn's Plug'n'Play). */
async function loadFolder(folder: string, path: string, files: Map<string, PageFile>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const { name } = entry
    if (entry.isDirectory()) await loadFolder(join(folder, name), `${path}/${name}`, files)
    if (!entry.isFile()) continue
    const type = TYPES[extname(name)]
    // Source maps, say, aren't for the page.
    if (type === undefined) continue
    const isImmutable = /[-.][\w-]{8,}\.\w+$/.test(name) && path.startsWith('/assets')
    files.set(`${path}/${name}`, {
      bytes: new Uint8Array(await readFile(join(folder, name))),
      type,
      isImmutable,
    })
  }
}
