// The build of the page: into dist/console, with which the package ships it. Nothing is inlined, so that the server can
// send it with a Content-Security-Policy that allows neither inline code nor inline styles; nothing is fetched from
// elsewhere.
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin, type UserConfig } from 'vite'
import { chartStyle } from '../sweep/page/chart-style.js'
import { declareColours } from '../sweep/page/colours.js'
import { declareTypeScale } from '../sweep/page/type-scale.js'

/** The colours, the sizes of type and the style of drawings are written once, for the static report of a sweep, too. */
const styles: Plugin = {
  name: 'styles',
  enforce: 'pre',
  transform: (code, id) => {
    if (id.endsWith('/styles/tokens.css'))
      return code
        .replace('/* colours */', declareColours('both'))
        .replace('/* sizes of type */', declareTypeScale())
    if (id.endsWith('/styles/report.css')) return code.replace('/* drawings */', chartStyle)
    return undefined
  },
}

const config: UserConfig = defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  logLevel: 'warn',
  plugins: [styles],
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
