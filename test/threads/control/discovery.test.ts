import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRuntime } from 'heddle'
import { connect, listProcesses } from 'heddle/client'
import { describe, expect, it } from 'vitest'
import { startProgram } from '../../support/program.js'
import { serve } from '../../support/control.js'

interface Folder extends AsyncDisposable {
  readonly path: string
}

async function createFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'heddle-found-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** An entry as a process that was killed leaves it. */
async function leaveEntry(folder: string, instance: string, more: object = {}): Promise<string> {
  const file = join(folder, `12345-${instance}.json`)
  const socket = join(folder, `12345-${instance}.sock`)
  await writeFile(
    file,
    JSON.stringify({
      version: 1,
      instance,
      pid: 12_345,
      title: 'node',
      cwd: '/',
      startedAt: 0,
      servedAt: 0,
      url: 'http://127.0.0.1:1',
      socket,
      token: 'left',
      ...more,
    }),
    { mode: 0o600 },
  )
  return file
}

describe('discovery', () => {
  it('finds served processes, and reaches them by their sockets', async () => {
    await using first = await serve()
    await using runtime = createRuntime({ threads: 1 })
    await using other = await runtime.serve({ folder: first.folder })
    const found = await listProcesses({ folder: first.folder })
    expect(found.map(({ instance }) => instance).toSorted()).toEqual(
      [first.server.instance, other.instance].toSorted(),
    )
    for (const one of found) {
      expect(one).toMatchObject({ pid: process.pid, responsive: true, cwd: process.cwd() })
      const info = await connect(one).process()
      expect(info).toMatchObject({ instance: one.instance, scope: 'full' })
    }
    await other.close()
    expect(await listProcesses({ folder: first.folder })).toHaveLength(1)
  })

  it('keeps folder, entry and socket to this user, and removes them at the end', async () => {
    await using folder = await createFolder()
    await chmod(folder.path, 0o755)
    const runtime = createRuntime({ threads: 1 })
    const server = await runtime.serve({ folder: folder.path })
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777
    expect(await mode(folder.path)).toBe(0o700)
    const names = await readdir(folder.path)
    expect(names).toHaveLength(2)
    for (const name of names) {
      if (name.endsWith('.json')) expect(await mode(join(folder.path, name))).toBe(0o600)
    }
    expect(server.socket).toBe(join(folder.path, names.find((name) => name.endsWith('.sock')) as string))
    await runtime.close()
    expect(await readdir(folder.path)).toEqual([])
  })

  it('removes what crashed processes have left, and nothing else', async () => {
    await using folder = await createFolder()
    await leaveEntry(folder.path, 'aaaaaaaa')
    // Its pid is a live process's: not of the one that has written this.
    await leaveEntry(folder.path, 'bbbbbbbb', { pid: process.pid })
    await leaveEntry(folder.path, 'cccccccc', { socket: undefined })
    const strange = ['notes.json', '12345-dddddddd.json', '1-eeeeeeee.json', '1-ffffffff.json']
    await writeFile(join(folder.path, strange[0] as string), 'mine')
    await writeFile(join(folder.path, strange[1] as string), '{ not json')
    await writeFile(join(folder.path, strange[2] as string), '{"version":2}')
    await mkdir(join(folder.path, strange[3] as string))
    await using runtime = createRuntime({ threads: 1 })
    const server = await runtime.serve({ folder: folder.path })
    const found = await listProcesses({ folder: folder.path })
    expect(found.map(({ instance }) => instance)).toEqual([server.instance])
    const left = await readdir(folder.path)
    for (const name of strange) expect(left).toContain(name)
    expect(left.some((name) => /aaaaaaaa|bbbbbbbb|cccccccc/.test(name))).toBe(false)
  })

  it('finds nothing of a process that was killed', async () => {
    await using folder = await createFolder()
    const program = startProgram('served', { args: [folder.path, 'wait'] })
    await program.says('http://')
    const [found] = await listProcesses({ folder: folder.path })
    expect(found?.pid).toBe(program.child.pid)
    program.child.kill('SIGKILL')
    await program.ended
    expect(await readdir(folder.path)).toHaveLength(2)
    expect(await listProcesses({ folder: folder.path })).toEqual([])
    expect(await readdir(folder.path)).toEqual([])
  })

  it('does without a socket where its path would be too long', async () => {
    await using folder = await createFolder()
    const long = join(folder.path, 'x'.repeat(100))
    await using runtime = createRuntime({ threads: 1 })
    const server = await runtime.serve({ folder: long })
    expect(server.socket).toBeUndefined()
    const [found] = await listProcesses({ folder: long })
    expect(found).toMatchObject({ instance: server.instance, socket: undefined, responsive: true })
    expect((await connect(found as NonNullable<typeof found>).process()).instance).toBe(server.instance)
  })

  it("refuses a folder that isn't this user's own", async () => {
    await using folder = await createFolder()
    await mkdir(join(folder.path, 'real'))
    const link = join(folder.path, 'link')
    await symlink(join(folder.path, 'real'), link)
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.serve({ folder: link })).rejects.toThrow("isn't this user's own")
    // Nothing of the failed start is left.
    await using server = await runtime.serve({ folder: join(folder.path, 'real') })
    expect(server.socket).toBeDefined()
  })

  it.skipIf(process.platform === 'win32')(
    'refuses a folder that is shared, and leaves it as it is',
    async () => {
      await using folder = await createFolder()
      await using runtime = createRuntime({ threads: 0 })
      const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777
      // As `/tmp` is; as a folder of a group is; as a home is, in which others may look around.
      for (const [name, mode, holds] of [
        ['tmp', 0o1777, undefined],
        ['team', 0o770, undefined],
        ['home', 0o755, 'letters.txt'],
      ] as const) {
        const path = join(folder.path, name)
        await mkdir(path)
        await chmod(path, mode)
        if (holds !== undefined) await writeFile(join(path, holds), '')
        await expect(runtime.serve({ folder: path })).rejects.toThrow(/is shared with others.*HEDDLE_RUN_DIR/)
        expect(await modeOf(path)).toBe(mode)
        expect(await readdir(path)).toEqual(holds === undefined ? [] : [holds])
      }
    },
  )

  it('passes a malformed entry over, and touches nothing outside of its folder', async () => {
    await using folder = await createFolder()
    await using runtime = createRuntime({ threads: 0 })
    const run = join(folder.path, 'run')
    await mkdir(run, { mode: 0o700 })
    const precious = join(folder.path, 'precious.sock')
    await writeFile(precious, 'mine')
    const malformed: Record<string, unknown>[] = [
      { url: 'no address' },
      { url: 'http://' },
      { socket: 12 },
      { pid: 'one' },
      { title: null },
      { startedAt: '0' },
      { main: {} },
    ]
    for (const [place, more] of malformed.entries()) await leaveEntry(run, `aaaaaaa${place}`, more)
    for (const [place, text] of ['null', '[]', '"text"', ''].entries()) {
      await writeFile(join(run, `12345-bbbbbbb${place}.json`), text, { mode: 0o600 })
    }
    await leaveEntry(run, 'cccccccc', { socket: precious })
    const server = await runtime.serve({ folder: run })
    const found = await listProcesses({ folder: run })
    expect(found.map(({ instance }) => instance)).toEqual([server.instance])
    expect(await readdir(folder.path)).toEqual(['precious.sock', 'run'])
  })

  it('looks only into folders that there are', async () => {
    expect(await listProcesses({ folder: join(tmpdir(), 'heddle-none-of-that-name') })).toEqual([])
  })

  it('tells of a port that is taken, and can be tried again', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const { port } = blocker.address() as { port: number }
    await using runtime = createRuntime({ threads: 1 })
    await expect(runtime.serve({ port, discoverable: false })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise((resolve) => blocker.close(resolve))
    await using server = await runtime.serve({ port, discoverable: false })
    expect(server.port).toBe(port)
  })
})
