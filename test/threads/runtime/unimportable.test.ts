import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { action, actionRef, createRuntime, type ActionDefinition } from 'heddle'
import { describe, expect, it } from 'vitest'

const exec = promisify(execFile)
const root = fileURLToPath(new URL('../../../', import.meta.url))
const PROGRAM = `import { action, createRuntime, isActionThread } from 'heddle'
const one = action(import.meta, 'one', () => 1)
if (!isActionThread) {
  const runtime = createRuntime({ threads: 1 })
  const { error, output } = await runtime.run(one).settled()
  console.log(error === undefined ? 'output ' + output : error.name + ' ' + error.message)
  await runtime.close()
}
`

/** A folder below this project, so that `heddle` is found from it. */
async function createFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  await mkdir(join(root, 'build'), { recursive: true })
  const path = await mkdtemp(join(root, 'build/unimportable-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

describe('code that threads cannot import', () => {
  it('is told of where it was given by --eval or standard input', async () => {
    const evaluated = await exec(process.execPath, ['--input-type=module', '--eval', PROGRAM], { cwd: root })
    expect(evaluated.stdout).toMatch(
      /^ActionNotFoundError .*--eval, standard input, a REPL.*Put the action into a file/,
    )
    const child = exec(process.execPath, ['--input-type=module', '-'], { cwd: root })
    child.child.stdin?.end(PROGRAM)
    expect((await child).stdout).toMatch(/^ActionNotFoundError .*Put the action into a file/)
  })

  it('is told of where its URL is none that Node imports', async () => {
    await using runtime = createRuntime({ threads: 1 })
    for (const url of ['blob:nodedata:1234', 'https://example.com/actions.js', 'virtual:actions']) {
      const run = runtime.run(actionRef<ActionDefinition<void, number>>(url, 'one'))
      await expect(run).rejects.toThrow(
        /threads import what lies in files \(file:\) and data: URLs.*Put the action into a file/,
      )
    }
  })

  it('is not what a data: URL is', async () => {
    const index = new URL('dist/src/index.js', `file://${root}`).href
    const source = `import { action } from '${index}'; export const one = action(import.meta, 'one', () => 1)`
    await using runtime = createRuntime({ threads: 1 })
    expect(
      await runtime.run(
        actionRef<ActionDefinition<void, number>>(
          `data:text/javascript,${encodeURIComponent(source)}`,
          'one',
        ),
      ),
    ).toBe(1)
  })
})

describe('an app in a bundle', () => {
  const esbuild = createRequire(createRequire(import.meta.url).resolve('tsx'))('esbuild') as {
    build(options: Record<string, unknown>): Promise<unknown>
  }
  const banner = {
    js: "import { createRequire as cR } from 'node:module'; const require = cR(import.meta.url);",
  }

  it('is told to keep heddle out of it', async () => {
    await using folder = await createFolder()
    await writeFile(join(folder.path, 'app.mjs'), PROGRAM)
    await mkdir(join(folder.path, 'out'))
    const outfile = join(folder.path, 'out/app.mjs')
    const entryPoints = [join(folder.path, 'app.mjs')]
    const common = { entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' }
    await esbuild.build({ ...common, banner })
    const { stdout } = await exec(process.execPath, [outfile])
    expect(stdout).toMatch(
      /^ThreadLostError .*heddle seems to be bundled into the app.*as external.*serverExternalPackages/,
    )
    expect(stdout).not.toContain('execArgv')

    await esbuild.build({ ...common, external: ['heddle'] })
    await symlink(join(root, 'node_modules'), join(folder.path, 'out/node_modules')).catch(() => undefined)
    expect((await exec(process.execPath, [outfile])).stdout).toBe('output 1\n')
  })
})

describe('the module of an action', () => {
  it('is named by pathToFileURL(__filename) in CommonJS', () => {
    expect(() => action('/app/jobs.cjs', 'one', () => 1)).toThrow(
      "the module of an action is '/app/jobs.cjs', but must be import.meta or a URL such as import.meta.url: in CommonJS pathToFileURL(__filename)",
    )
    expect(() => action(undefined as never, 'one', () => 1)).toThrow('pathToFileURL(__filename)')
    expect(() => action({} as never, 'one', () => 1)).toThrow(
      'a bundler that writes CommonJS leaves import.meta empty',
    )
  })
})
