// The build of the page: into dist/console, with which the package ships it. Nothing is inlined, so that the server can
// send it with a Content-Security-Policy that allows neither inline code nor inline styles; nothing is fetched from
// elsewhere.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin, type UserConfig } from 'vite'
import { declareColours } from '../sweep/page/colours.js'

/** The colours are written once, for the static report of a sweep, too. */
const colours: Plugin = {
  name: 'colours',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('/styles/tokens.css') ? code.replace('/* colours */', declareColours('both')) : undefined,
}

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  logLevel: 'warn',
  plugins: [colours],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
})

export default config
