// The files of the console's page, as they were built into the package, and the headers that a page is served with. Only
// what was found at the start is served, each file by its exact path, so that no request can name any other one.

import { readdir, readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file that is served. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly type: string
  /** It has its hash in its name: it may be kept for ever. */
  readonly isImmutable: boolean
}

/** Where the build puts the page. */
const CONSOLE_FOLDER = new URL('../../../console/', import.meta.url)

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

const PLAIN_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Heddle</title>
<h1>Heddle</h1>
<p>This process is served by Heddle, but its console isn't part of this build.</p>
<p>The API is at <code>/api/v1</code> (described by <code>/api/v1/openapi.json</code>), metrics are at
<code>/metrics</code>; both need the token. The command line is <code>heddle ps</code>.</p>
</html>
`

/** The files by their paths, `/index.html` among them; without a console a plain page that says so. */
export async function loadConsole(folder: URL = CONSOLE_FOLDER): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>()
  const names = await readdir(fileURLToPath(folder), { recursive: true, withFileTypes: true }).catch(() => [])
  for (const name of names) {
    if (!name.isFile()) continue
    const type = TYPES[extname(name.name)]
    // Source maps, say, aren't for the page.
    if (type === undefined) continue
    const full = `${name.parentPath}/${name.name}`
    const path = full.slice(fileURLToPath(folder).length).replaceAll('\\', '/').replace(/^\/*/, '/')
    const isImmutable = /[-.][\w-]{8,}\.\w+$/.test(name.name) && path.startsWith('/assets/')
    files.set(path, { bytes: new Uint8Array(await readFile(full)), type, isImmutable })
  }
  if (!files.has('/index.html')) {
    const bytes = new TextEncoder().encode(PLAIN_PAGE)
    files.set('/index.html', { bytes, type: TYPES['.html'] as string, isImmutable: false })
  }
  return files
}
