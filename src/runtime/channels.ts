// The lines of calls between threads, as far as the main thread has a part in them: it serves the app's services, and
// brings those who want to call an action together with it. Calls of actions don't pass here.

import type { MessagePort } from 'node:worker_threads'
import { Line } from '../channels/line.js'
import { serveObject } from '../channels/object-server.js'
import { describeValue } from '../protocol/describe-value.js'
import { ActionInputError } from '../protocol/errors.js'
import type { ActionNode } from './action-node.js'

/** All lines of one runtime. */
export class Channels {
  readonly #services: object
  /** Lines to the services, by the action whose attempt calls. */
  readonly #lines = new Map<ActionNode, Line>()
  /** Those whose attempt serves calls. */
  readonly #serving = new Set<ActionNode>()
  /** Those who wait until an action serves. */
  readonly #waiting = new Map<ActionNode, Set<MessagePort>>()

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
  serve(node: ActionNode, port: MessagePort): void {
    const line = new Line(port)
    this.#lines.set(node, line)
    line.onClose(() => {
      if (this.#lines.get(node) === line) this.#lines.delete(node)
    })
    serveObject(this.#services, line).catch((error: unknown) => {
      line.close()
      process.emitWarning(`services can't be served: ${describeValue(error)}`, 'HeddleWarning')
    })
  }

  /** An attempt begins, or stops, to serve calls. */
  expose(node: ActionNode, open: boolean): void {
    if (!open) {
      this.#serving.delete(node)
      return
    }
    this.#serving.add(node)
    const waiting = this.#waiting.get(node)
    this.#waiting.delete(node)
    if (waiting !== undefined) for (const port of waiting) this.#hand(node, port)
  }

  /** Somebody wants to call an action: his line is handed on as soon as it serves, or closed when it has ended. */
  connect(node: ActionNode, port: MessagePort): void {
    if (node.isSettled) {
      port.close()
      return
    }
    if (this.#serving.has(node)) {
      this.#hand(node, port)
      return
    }
    let waiting = this.#waiting.get(node)
    if (waiting === undefined) this.#waiting.set(node, (waiting = new Set()))
    waiting.add(port)
    // The one who waits may have ended.
    port.once('close', () => this.#waiting.get(node)?.delete(port))
  }

  /** An attempt has ended. */
  attemptEnded(node: ActionNode): void {
    if (this.#serving.size > 0) this.#serving.delete(node)
    if (this.#lines.size > 0) this.#lines.get(node)?.close()
  }

  /** An action has ended for good. */
  settled(node: ActionNode): void {
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting.get(node)
    this.#waiting.delete(node)
    if (waiting !== undefined) for (const port of waiting) port.close()
  }

  #hand(node: ActionNode, port: MessagePort): void {
    if (node.ticket === undefined || node.line === undefined) {
      port.close()
      return
    }
    port.removeAllListeners('close')
    node.line.send({ type: 'connect', ticket: node.ticket, port }, [port])
  }
}
