// The app of the suite `http`: a node:http server, in a process of its own, whose handler has one piece of work done in the way
// that it is told, and answers. It says where it listens; it ends when its parent lets go of it.

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRuntime } from 'heddle'
import { watchfulCompute } from '../actions.js'
import { THREADS, type Peer } from '../peers/peer.js'
import { startPiscina } from '../peers/piscina.js'
import { startWorkerpool } from '../peers/workerpool.js'
import { tunedSettings } from '../peers/tuned.js'
import { compute } from '../tasks.js'

const [, , way = '', loopsGiven = ''] = process.argv
const loops = Number(loopsGiven)

const ways: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  inline: () => (_request, response) => void response.end(String(compute(loops))),

  'heddle, a scope each': async () => {
    const runtime = createRuntime({ threads: THREADS })
    // The pools' threads are up from the start, too.
    await runtime.warm([watchfulCompute])
    return (_request, response) => {
      const run = runtime.scope((ctx) => ctx.spawn(watchfulCompute, loops))
      // Who has gone away needs nothing more.
      response.once('close', () => {
        if (!response.writableEnded) run.cancel('client has gone')
      })
      run.then(
        (value) => void response.end(String(value)),
        () => void response.destroy(),
      )
    }
  },

  'piscina, tuned': () => ofPool(startPiscina({ settings: tunedSettings('work').piscina() }), false),
  'piscina, tuned, with a signal': () =>
    ofPool(startPiscina({ settings: tunedSettings('work').piscina() }), true),
  workerpool: () => ofPool(startWorkerpool(), false),
  'workerpool, with cancel()': () => ofPool(startWorkerpool(), true),
}

/** With or without a signal that stops the work of who has gone away. */
function ofPool(pool: Peer, isStopped: boolean): RequestListener {
  return (_request, response) => {
    const controller = isStopped ? new AbortController() : undefined
    if (controller !== undefined)
      response.once('close', () => {
        if (!response.writableEnded) controller.abort()
      })
    pool.run('compute', loops, controller && { signal: controller.signal }).then(
      (value) => void response.end(String(value)),
      () => void response.destroy(),
    )
  }
}

const listener = await ways[way]?.()
if (listener === undefined) throw new Error(`there is no '${way}'`)
const server = createServer({ keepAliveTimeout: 60_000 }, listener)
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
