// What a line holds: nobody once it is closed, since Comlink's registry holds the line itself for as long as its proxy lives.

import { AsyncLocalStorage } from 'node:async_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { ObjectClient } from '../../src/channels/object-client.js'
import { useWorld } from '../../src/protocol/world.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Whoever makes calls, as a body does: it has the client, which runs what comes back in its name. */
class Caller {
  readonly client: ObjectClient
  calls = 0

  constructor() {
    this.client = new ObjectClient((run) => {
      this.calls += 1
      run()
    })
  }
}

/** One that has made a call, whose line was closed after that. */
async function oneThatIsOver(): Promise<WeakRef<Caller>> {
  const whose = new AsyncLocalStorage<object>()
  const caller = new Caller()
  // As a body, it makes its calls in a context of its own.
  await whose.run(caller, async () => {
    const { client } = caller
    client.farEnd.on('message', ({ id }: { id: string }) =>
      client.farEnd.postMessage({ id, type: 'RAW', value: 7 }),
    )
    expect(await client.call(['seven'], [], 'it')).toBe(7)
    client.line.close()
  })
  expect(caller.calls).toBe(1)
  return new WeakRef(caller)
}

// Where contexts are kept by async hooks, before Node 24, what is awaited here keeps them.
it.skipIf(Number(process.versions.node.split('.')[0]) < 24)(
  'lets go of whoever made calls over it (I9)',
  async () => {
    const caller = await oneThatIsOver()
    while (caller.deref() !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5))
      collect()
    }
  },
)

it("has its port made in nobody's context, since that is held as long as the port is (I9)", () => {
  const whose = new AsyncLocalStorage<string>()
  const madeFor: (string | undefined)[] = []
  const leave = useWorld({
    createChannel() {
      madeFor.push(whose.getStore())
      return new MessageChannel()
    },
  })
  try {
    whose.run('a body', () => new ObjectClient().line.close())
  } finally {
    leave()
  }
  expect(madeFor).toEqual([undefined])
})
