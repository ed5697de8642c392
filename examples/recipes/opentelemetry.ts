import { tracingChannel } from 'node:diagnostics_channel'
import { context, SpanStatusCode, trace, type Span, type Tracer } from '@opentelemetry/api'

/** What Heddle publishes of an action: the same object at its spawn and at its end. */
interface ActionTrace {
  readonly run: string
  readonly id: string
  readonly name: string
  readonly parent: string | undefined
  readonly outcome?: { readonly status: string; readonly how?: string; readonly startedAt?: number }
  readonly error?: Error
}

/**
 * Makes a span of each action, below that of its parent; a root's is below the span that was active where it was run.
 * Returns what ends it.
 */
export function traceActions(tracer: Tracer): () => void {
  const spans = new Map<string, Span>()
  const onStart = (message: unknown): void => {
    const action = message as ActionTrace
    const above = action.parent === undefined ? undefined : spans.get(keyOf(action, action.parent))
    const parent = above === undefined ? context.active() : trace.setSpan(context.active(), above)
    const attributes = { 'heddle.run': action.run, 'heddle.action': action.id }
    spans.set(keyOf(action, action.id), tracer.startSpan(action.name, { attributes }, parent))
  }
  const onEnd = (message: unknown): void => {
    const action = message as ActionTrace
    const span = spans.get(keyOf(action, action.id))
    if (span === undefined) return
    spans.delete(keyOf(action, action.id))
    const { status, how } = action.outcome ?? {}
    if (status !== undefined) span.setAttribute('heddle.outcome', status)
    if (how !== undefined) span.setAttribute('heddle.how', how)
    // Who was stopped hasn't failed.
    if (action.error !== undefined && status !== 'aborted') {
      span.recordException(action.error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: action.error.message })
    }
    span.end()
  }
  const channel = tracingChannel('heddle:action')
  channel.start.subscribe(onStart)
  channel.asyncEnd.subscribe(onEnd)
  return () => {
    channel.start.unsubscribe(onStart)
    channel.asyncEnd.unsubscribe(onEnd)
  }
}

function keyOf({ run }: ActionTrace, id: string): string {
  return `${run}\n${id}`
}
