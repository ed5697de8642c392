// The JSON Schemas of all that the API answers and takes: `api.ts` in the form that other languages read. The tests hold
// every answer against them.

/** A JSON Schema, of the dialect that OpenAPI 3.1 uses. */
export type Schema = { readonly [key: string]: unknown }

const text: Schema = { type: 'string' }
const number: Schema = { type: 'number' }
const count: Schema = { type: 'integer', minimum: 0 }
const flag: Schema = { type: 'boolean' }
const time: Schema = { type: 'number', description: 'Epoch milliseconds, fractional.' }
const seq: Schema = {
  type: 'integer',
  minimum: 0,
  description: "Number of the runtime's last event that is included.",
}
const list = (items: Schema): Schema => ({ type: 'array', items })
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** An object with these members and no others; those in `optional` may be missing. */
function object(members: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema {
  return {
    type: 'object',
    properties: { ...members, ...optional },
    required: Object.keys(members),
    additionalProperties: false,
  }
}

const page = (item: string): Schema => object({ items: list(ref(item)), seq }, { next: text })

const phases = ['queued', 'running', 'aborting', 'succeeded', 'failed', 'aborted', 'timedOut']
const hows = ['never-started', 'cooperative', 'forced', 'abandoned']
const outcomes = ['succeeded', 'failed', 'aborted', 'timedOut']
const counts = (names: readonly string[]): Schema =>
  object(Object.fromEntries(names.map((name) => [name, count])))

const runSummary: readonly [Record<string, Schema>, Record<string, Schema>] = [
  {
    run: text,
    name: text,
    phase: ref('Phase'),
    queuedAt: time,
    counts: ref('PhaseCounts'),
    total: count,
    dropped: count,
    unheard: count,
    seq,
  },
  {
    startedAt: time,
    abortRequestedAt: time,
    settledAt: time,
    reason: ref('ReasonInfo'),
    how: ref('AbortHow'),
    error: ref('ErrorInfo'),
    lastReport: ref('Shown'),
  },
]

const actionItem: readonly [Record<string, Schema>, Record<string, Schema>] = [
  {
    id: text,
    name: text,
    phase: ref('Phase'),
    attempt: count,
    cpu: number,
    queuedAt: time,
    children: count,
    liveChildren: count,
  },
  {
    parent: text,
    thread: count,
    startedAt: time,
    abortRequestedAt: time,
    abortDeliveredAt: time,
    settledAt: time,
    graceMs: number,
    forceAt: time,
    lastReport: ref('Shown'),
    error: ref('ErrorInfo'),
    reason: ref('ReasonInfo'),
    how: ref('AbortHow'),
    earlier: list(ref('AttemptInfo')),
    depth: count,
    input: ref('Shown'),
    output: ref('Shown'),
  },
]

const oneOrMore = (item: Schema): Schema => ({ anyOf: [item, list(item)] })
const abortOptions = {
  reason: text,
  by: text,
  graceMs: { type: 'number', minimum: 0 },
  force: flag,
  dryRun: flag,
}

/** By name, as the document's `components.schemas`. */
export const schemas: Readonly<Record<string, Schema>> = {
  Phase: { type: 'string', enum: phases },
  AbortHow: { type: 'string', enum: hows },
  Scope: { type: 'string', enum: ['full', 'read'] },
  LogLevel: { type: 'string', enum: ['debug', 'info', 'warn', 'error'] },
  PhaseCounts: counts(phases),
  Shown: object({ value: {}, cut: flag }),
  ErrorInfo: object(
    { name: text, message: text },
    {
      code: text,
      stack: text,
      run: text,
      action: text,
      fields: { type: 'object' },
      cause: ref('ErrorInfo'),
      errors: list(ref('ErrorInfo')),
    },
  ),
  ReasonInfo: object(
    {
      source: {
        type: 'string',
        enum: ['cancel', 'external', 'parent', 'root', 'timeout', 'signal', 'shutdown'],
      },
      message: text,
      origin: text,
      at: time,
    },
    { by: text, cause: ref('ErrorInfo') },
  ),
  ProcessInfo: object(
    {
      instance: text,
      pid: count,
      title: text,
      cwd: text,
      hostname: text,
      node: text,
      heddle: text,
      startedAt: time,
      servedAt: time,
      url: text,
      seq,
      scope: ref('Scope'),
    },
    { main: text },
  ),
  SessionInfo: object({
    scope: ref('Scope'),
    by: { type: 'string', enum: ['token', 'cookie'] },
    instance: text,
  }),
  StatsInfo: object({
    at: time,
    threads: count,
    lanes: list(
      object(
        { role: text, state: text, inFlight: count, held: number, silentMs: number, exitPendingMs: number },
        { thread: count },
      ),
    ),
    queued: count,
    running: count,
    aborting: count,
    abandoned: count,
    totals: counts(outcomes),
    eventLoopDelay: object({ meanMs: number, p99Ms: number, maxMs: number }),
    memory: object({ rssBytes: count, heapUsedBytes: count }),
    streams: count,
  }),
  RunSummary: object(...runSummary),
  RunPage: page('RunSummary'),
  RunDetail: object(
    {
      ...runSummary[0],
      url: text,
      stopped: counts(hows),
      aborts: list(ref('AbortRecord')),
      compute: object({ usedMs: number, stoppedMs: number, freedMs: number, unknown: count }),
      threads: list(count),
      names: list(object({ name: text, counts: ref('PhaseCounts') })),
    },
    runSummary[1],
  ),
  AbortRecord: object({ seq, at: time, id: text, reason: ref('ReasonInfo'), escalation: flag }),
  ActionItem: object(actionItem[0], { ...actionItem[1], escalations: count }),
  ActionPage: page('ActionItem'),
  AttemptInfo: object(
    { attempt: count, queuedAt: time, endedAt: time, error: ref('ErrorInfo'), delayMs: number },
    { startedAt: time, thread: count },
  ),
  ActionDetail: object(
    {
      ...actionItem[0],
      run: text,
      definition: text,
      ancestors: list(object({ id: text, name: text, phase: ref('Phase') })),
      reports: list(ref('ReportEntry')),
      reportCount: count,
      logs: list(ref('LogEntry')),
      series: list(ref('Series')),
      seq,
    },
    { ...actionItem[1], module: text, escalations: list(ref('ReasonInfo')) },
  ),
  ReportEntry: object({ at: time, seq, report: ref('Shown') }),
  LogEntry: object(
    { seq, at: time, id: text, name: text, attempt: count, level: ref('LogLevel'), message: text },
    { fields: ref('Shown') },
  ),
  LogPage: page('LogEntry'),
  Series: object({ field: text, at: list(time), step: list(number), value: list(number) }),
  ActionSeries: object(
    { id: text, name: text, phase: ref('Phase'), series: list(ref('Series')) },
    { how: ref('AbortHow'), startedAt: time, settledAt: time, input: ref('Shown') },
  ),
  SeriesAnswer: object({ items: list(ref('ActionSeries')), seq, fields: list(text) }, { next: text }),
  AbortProgress: object(
    {
      abort: text,
      run: text,
      at: time,
      by: text,
      message: text,
      force: flag,
      targets: list(text),
      requested: count,
      acknowledged: count,
      settled: count,
      cooperative: count,
      forced: count,
      abandoned: count,
      neverStarted: count,
    },
    { graceMs: number, settledAt: time },
  ),
  AbortList: object({ items: list(ref('AbortProgress')) }),
  AbortAnswer: object(
    { run: text, accepted: flag, dryRun: flag, matched: count, finished: count, requested: count },
    { phase: ref('Phase'), progress: ref('AbortProgress') },
  ),
  ActionFilter: object(
    {},
    {
      phase: oneOrMore(ref('Phase')),
      name: oneOrMore(text),
      parent: text,
      under: text,
      search: text,
    },
  ),
  AbortRequest: object({}, { ...abortOptions, actions: list(text), where: ref('ActionFilter') }),
  SimpleAbortRequest: object({}, abortOptions),
  RunExport: object({
    heddle: text,
    exportedAt: time,
    run: ref('RunDetail'),
    actions: list(ref('ActionItem')),
    logs: list(ref('LogEntry')),
    series: list(ref('ActionSeries')),
  }),
  TraceFile: object({
    displayTimeUnit: text,
    traceEvents: list({ type: 'object', required: ['ph', 'name', 'pid', 'tid'] }),
  }),
  StreamEvent: {
    type: 'object',
    description: 'The data of one server-sent event; its `event` is the `type`.',
    required: ['type'],
    oneOf: [
      streamEvent('snapshot', { instance: text, seq, at: time, runs: list(ref('RunSummary')) }),
      streamEvent('actions', { run: text, actions: list(ref('ActionItem')) }),
      streamEvent('live', { instance: text, seq }),
      streamEvent('gap', { from: count, to: count }),
      streamEvent('dropped', { reason: text, seq }),
      streamEvent('end', { reason: text }),
      streamEvent('run', { summary: ref('RunSummary') }),
      streamEvent('forgotten', { run: text }),
      streamEvent('abortProgress', { progress: ref('AbortProgress') }),
      streamEvent('grace', { run: text, id: text, graceMs: number, forceAt: time }),
      actionEvent(
        'phase',
        { phase: ref('Phase'), name: text, attempt: count },
        {
          parent: text,
          thread: count,
          cpu: number,
          reason: ref('ReasonInfo'),
          how: ref('AbortHow'),
          error: ref('ErrorInfo'),
        },
      ),
      actionEvent('report', { value: ref('Shown') }),
      actionEvent('emit', { event: ref('Shown') }),
      actionEvent('log', { level: ref('LogLevel'), message: text, attempt: count }, { fields: ref('Shown') }),
      actionEvent('abort', { reason: ref('ReasonInfo'), escalation: flag }),
      actionEvent('abortSeen', {}),
      actionEvent('retry', { attempt: count, error: ref('ErrorInfo'), delayMs: number }),
      actionEvent('unheard', { error: ref('ErrorInfo') }),
      actionEvent(
        'unresponsive',
        { silentMs: number, actions: list(object({ run: text, id: text, name: text })) },
        { thread: count },
      ),
      actionEvent('exitLate', { pendingMs: number }, { thread: count }),
    ],
  },
  ErrorAnswer: object({
    error: object(
      {
        code: {
          type: 'string',
          enum: [
            'invalid',
            'unauthorized',
            'forbidden',
            'notFound',
            'methodNotAllowed',
            'tooLarge',
            'notJson',
            'unavailable',
            'internal',
          ],
        },
        message: text,
      },
      { field: text, nearest: list(text) },
    ),
  }),
}

function streamEvent(
  type: string,
  members: Record<string, Schema>,
  optional?: Record<string, Schema>,
): Schema {
  return object({ type: { const: type }, ...members }, optional)
}

function actionEvent(
  type: string,
  members: Record<string, Schema>,
  optional?: Record<string, Schema>,
): Schema {
  return streamEvent(type, { seq, at: time, run: text, id: text, ...members }, optional)
}
