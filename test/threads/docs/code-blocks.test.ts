// Compiles the code of README and guides, and runs what prints: a page shows no program that doesn't work.

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { codeBlocksOf, documentedFiles, type DocumentedFile } from '../../support/code-blocks.js'
import { guides, root } from '../../support/pages.js'
import { startFile } from '../../support/program.js'

const run = promisify(execFile)
/** Below the root, so that `heddle` is this package, and `xstate` what it is tested with. */
const folder = join(root, 'build/docs')
const pages = await Promise.all([...(await guides()), 'CONTRIBUTING.md'].map(codeBlocksOf))
const blocks = pages.flat()
const files = pages.flatMap(documentedFiles)
const hasPython = await run('python3', ['--version']).then(
  () => true,
  () => false,
)
const sourceOf = (file: DocumentedFile): string => join(slug(file.page), file.name)

beforeAll(async () => {
  await rm(folder, { recursive: true, force: true })
  for (const file of files) {
    const path = join(folder, 'source', sourceOf(file))
    await mkdir(dirname(path), { recursive: true })
    // JavaScript is checked by being run. Where it isn't run, its types are checked.
    const isChecked = file.isRun || /\.tsx?$/.test(file.name)
    await writeFile(path, isChecked ? file.text : `// @ts-check\n${file.text}`)
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: {
        allowJs: true,
        noEmit: false,
        outDir: 'program',
        rewriteRelativeImportExtensions: true,
        rootDir: 'source',
      },
      include: ['source'],
      exclude: [],
    }),
  )
})

describe('the code blocks of README and guides', () => {
  it('compile', async () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [compiler, '-p', folder]).catch(
      (error: { stdout: string }) => error,
    )
    expect(stdout).toBe('')
  }, 60_000)

  it.each(files.filter((file) => file.isRun).map((file) => [`${file.page}:${file.line}`, file] as const))(
    'run, and print what the page says: %s',
    async (_, file) => {
      const place = await mkdtemp(join(tmpdir(), 'heddle-docs-'))
      try {
        const name = file.name.replace(/\.ts$/, '.js')
        const program = join(folder, 'program', slug(file.page), name)
        const { code, stdout, stderr } = await startFile(program, { cwd: place }).ended
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        if (file.printed !== undefined) expect(normalised(stdout)).toBe(normalised(file.printed))
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    },
    30_000,
  )

  it('show the programs of the recipes as they are', async () => {
    const shown = blocks.filter((block) => block.values.has('from'))
    for (const { text, values } of shown) {
      expect(text).toBe(await readFile(join(root, values.get('from') ?? ''), 'utf8'))
    }
    const names = await readdir(join(root, 'examples/recipes'))
    expect(shown.map(({ values }) => values.get('from') ?? '').toSorted()).toEqual(
      names.map((name) => `examples/recipes/${name}`).toSorted(),
    )
  })

  it('are commands that a shell takes, and that there are: npm scripts, and commands of heddle', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: Readonly<Record<string, string>>
    }
    for (const { page, line, text } of blocks.filter((block) => block.language === 'sh')) {
      await run('bash', ['-n', '-c', text])
      for (const [, script = ''] of text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:]+)/g)) {
        expect({ page, line, script, isThere: script in scripts }).toMatchObject({ isThere: true })
      }
      for (const [, command = '', rest = ''] of text.matchAll(/^npx heddle (\w+)(.*)$/gm)) {
        const { stdout } = await run(process.execPath, [
          join(root, 'dist/src/cli/main.js'),
          command,
          '--help',
        ])
        expect(stdout).toContain(`heddle ${command} `)
        // What `run` doesn't know itself is the action's input.
        const flags = command === 'run' ? [] : (rest.replace(/#.*/, '').match(/--[a-z-]+/g) ?? [])
        for (const flag of flags) expect(stdout).toMatch(new RegExp(`${flag}\\b`))
      }
    }
  }, 30_000)

  const python = blocks.filter((block) => block.language === 'python')
  it.skipIf(!hasPython)(
    'are Python that compiles',
    async () => {
      expect(python.length).toBeGreaterThan(0)
      const place = await mkdtemp(join(tmpdir(), 'heddle-docs-'))
      try {
        for (const { page, line, text } of python) {
          const path = join(place, `${slug(page)}-${line}.py`)
          await writeFile(path, text)
          await run('python3', ['-m', 'py_compile', path])
        }
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    },
    30_000,
  )
})

function slug(page: string): string {
  return page.replaceAll('/', '-').replace(/\.md$/, '')
}

/** Without what differs from one time to the next: durations and ports. */
function normalised(text: string): string {
  return text
    .replaceAll(/\b\d+(?:\.\d+)? ?(?:µs|ms|s)\b/g, '<time>')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
}
