// The main thread's part in calls between threads: it serves the app's services, and joins whoever wants to call an action
// with that action. The calls of actions themselves don't pass here.

import type { MessagePort } from 'node:worker_threads'
import { Line } from '../../channels/line.js'
import { serveObject } from '../../channels/object-server.js'
import { captureContext, runIn, type AsyncContext } from '../../protocol/async-context.js'
import { describeValue } from '../../protocol/values/describe-value.js'
import { ActionInputError } from '../../protocol/errors/errors.js'
import type { Action } from '../tree/action.js'

function serviceName(path: readonly string[]): string {
  return path.length === 0 ? 'services' : `service ${path.join('.')}`
}

/** All lines of one runtime. */
export class Channels {
  readonly #services: object
  /** The context in which the app gave the services, and not that of the first caller. */
  readonly #context: AsyncContext = captureContext()
  /** Lines to the services, by the action whose attempt calls. */
  readonly #lines = new Map<Action, Line>()
  /** Those whose attempt serves calls. */
  readonly #serving = new Set<Action>()
  /** Those who wait until an action serves. */
  readonly #waiting = new Map<Action, Set<MessagePort>>()

  constructor(services: object) {
    this.#services = new Proxy(services, {
      get(target, name): unknown {
        if (name in target || typeof name === 'symbol') return Reflect.get(target, name)
        const known = Object.keys(target).map((one) => `'${one}'`)
        throw new ActionInputError(
          `there is no service '${name}': createRuntime({ services }) was given ${known.length === 0 ? 'none' : known.join(', ')}`,
        )
      },
    })
  }

  /** Serves the app's services to an attempt, until it ends. */
  serve(action: Action, port: MessagePort): void {
    const line = new Line(port, (run) => runIn(this.#context, run))
    this.#lines.set(action, line)
    line.onClose(() => {
      if (this.#lines.get(action) === line) this.#lines.delete(action)
    })
    serveObject(this.#services, line, serviceName).catch((error: unknown) => {
      line.close()
      process.emitWarning(`services can't be served: ${describeValue(error)}`, 'HeddleWarning')
    })
  }

  /** An attempt begins, or stops, to serve calls. */
  expose(action: Action, open: boolean): void {
    if (!open) {
      this.#serving.delete(action)
      return
    }
    this.#serving.add(action)
    const waiting = this.#waiting.get(action)
    this.#waiting.delete(action)
    if (waiting !== undefined) for (const port of waiting) this.#hand(action, port)
  }

  /** Somebody wants to call an action: it gets the port as soon as it serves; once it has ended, the port is closed. */
  connect(action: Action, port: MessagePort): void {
    if (action.isSettled) {
      port.close()
      return
    }
    if (this.#serving.has(action)) {
      this.#hand(action, port)
      return
    }
    let waiting = this.#waiting.get(action)
    if (waiting === undefined) this.#waiting.set(action, (waiting = new Set()))
    waiting.add(port)
    // The one who waits may have ended.
    port.once('close', () => this.#waiting.get(action)?.delete(port))
  }

  /** An attempt has ended. */
  attemptEnded(action: Action): void {
    if (this.#serving.size > 0) this.#serving.delete(action)
    if (this.#lines.size > 0) this.#lines.get(action)?.close()
  }

  /** An action has ended for good. */
  settled(action: Action): void {
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting.get(action)
    this.#waiting.delete(action)
    if (waiting !== undefined) for (const port of waiting) port.close()
  }

  #hand(action: Action, port: MessagePort): void {
    if (action.ticket === undefined || action.line === undefined) {
      port.close()
      return
    }
    port.removeAllListeners('close')
    action.line.send({ type: 'connect', ticket: action.ticket, port })
  }
}
