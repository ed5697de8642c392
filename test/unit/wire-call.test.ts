// What a line serves, whatever the other side says: the words are Comlink's, which does all that it is told.

import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { Line } from '../../src/channels/line.js'
import { serveObject } from '../../src/channels/object-server.js'

const served = {
  answer: () => 42,
  nested: { value: 7 },
}

/** What is answered to a message on a port behind which the object is. */
async function ask(message: object): Promise<{ readonly port: MessagePort; readonly answer: unknown }> {
  const { port1, port2 } = new MessageChannel()
  await serveObject(served, new Line(port1), () => 'it')
  port2.postMessage({ id: 'one', argumentList: [], ...message })
  const [answer] = (await once(port2, 'message')) as [unknown]
  port2.close()
  return { port: port2, answer }
}

it('answers calls, and gives what is read', async () => {
  expect((await ask({ type: 'APPLY', path: ['answer'] })).answer).toMatchObject({ type: 'RAW', value: 42 })
  expect((await ask({ type: 'GET', path: ['nested', 'value'] })).answer).toMatchObject({
    type: 'RAW',
    value: 7,
  })
})

it.each([
  ['a constructor', { type: 'APPLY', path: ['answer', 'constructor'] }],
  ['a constructor by another kind of key', { type: 'APPLY', path: ['answer', ['constructor']] }],
  ['a prototype', { type: 'GET', path: ['__proto__', 'constructor'] }],
  ['a path that is none', { type: 'GET', path: 'answer' }],
  ['a change', { type: 'SET', path: ['answer'], value: { type: 'RAW', value: 5 } }],
  ['an instance', { type: 'CONSTRUCT', path: ['answer'] }],
  ['another way in', { type: 'ENDPOINT', path: [] }],
])('refuses %s (D2)', async (_what, message) => {
  const { answer } = await ask(message)
  expect(answer).toMatchObject({ id: 'one', type: 'HANDLER', name: 'throw' })
  expect(served.answer()).toBe(42)
})
