/**
 * An app's own state machine trains in a thread. It looks at what the training reports, and stops it by leaving the state:
 * when the fit is good enough, when the time is up, or when somebody says so.
 */
import { action, createRuntime, isActionThread, type ActionContext } from 'heddle'
import { fromAction } from 'heddle/actors'
import { assign, createActor, setup, waitFor } from 'xstate'

interface Progress {
  epoch: number
  loss: number
}

/** Fits a network with one hidden layer to sin(x), by gradient descent: it computes, and awaits nothing. */
export const fit = action(
  import.meta,
  'fit',
  ({ hidden, rate }: { hidden: number; rate: number }, ctx: ActionContext<{ reports: Progress }>) => {
    const inputs = Array.from({ length: 64 }, (_, index) => -3 + (6 * index) / 63)
    const weights = Array.from({ length: hidden }, (_, unit) => ({
      w: Math.cos(unit) * 2,
      b: Math.sin(unit * 7),
      v: 0,
    }))
    let epoch = 0
    let loss = Infinity
    try {
      for (;;) {
        ctx.signal.throwIfAborted()
        epoch += 1
        loss = 0
        for (const x of inputs) {
          const activations = weights.map(({ w, b }) => Math.tanh(w * x + b))
          const output = activations.reduce((sum, h, unit) => sum + h * weights[unit]!.v, 0)
          const error = output - Math.sin(x)
          loss += (error * error) / inputs.length
          for (const [unit, h] of activations.entries()) {
            const weight = weights[unit]!
            const slope = error * weight.v * (1 - h * h)
            weight.v -= rate * error * h
            weight.w -= rate * slope * x
            weight.b -= rate * slope
          }
        }
        if (epoch % 50 === 0) ctx.report({ epoch, loss })
      }
    } finally {
      // It is being stopped, and has a grace to clean up: the last report says how far it has come.
      ctx.report({ epoch, loss })
    }
  },
)

const trainer = setup({
  types: {
    context: {} as { hidden: number; goal: number; progress?: Progress },
    input: {} as { hidden: number; goal: number },
    events: {} as { type: 'stop' },
  },
  actors: { fit: fromAction(fit) },
  guards: {
    isGoodEnough: ({ context: { progress, goal } }) => progress !== undefined && progress.loss < goal,
  },
  delays: { patience: 1500 },
}).createMachine({
  context: ({ input }) => input,
  initial: 'training',
  states: {
    training: {
      invoke: {
        src: 'fit',
        input: ({ context: { hidden } }) => ({ hidden, rate: 0.01 }),
        onSnapshot: {
          actions: assign({ progress: ({ event, context }) => event.snapshot.report ?? context.progress }),
        },
        onError: 'failed',
      },
      always: { guard: 'isGoodEnough', target: 'satisfied' },
      after: { patience: 'outOfPatience' },
      on: { stop: 'stopped' },
    },
    satisfied: { type: 'final' },
    outOfPatience: { type: 'final' },
    stopped: { type: 'final' },
    failed: { type: 'final' },
  },
})

if (!isActionThread) {
  const runtime = createRuntime({ threads: 2 })
  // The machine says what is trained; the app says where.
  const machine = trainer.provide({ actors: { fit: fromAction(fit, { runtime }) } })
  try {
    const trainings = [
      { title: 'good enough', input: { hidden: 12, goal: 0.001 } },
      { title: 'too small a network', input: { hidden: 1, goal: 0.001 } },
      { title: 'stopped by hand', input: { hidden: 12, goal: 0 } },
    ]
    for (const { title, input } of trainings) {
      const actor = createActor(machine, { input }).start()
      if (input.goal === 0) setTimeout(() => actor.send({ type: 'stop' }), 500)
      const { value, context } = await waitFor(actor, ({ status }) => status === 'done')
      const run = runtime.runs().at(-1)!
      const outcome = await run.settled()
      const { loss = Number.NaN } = context.progress ?? {}
      console.log(`${title}: the machine is '${value}', with a loss of ${loss.toFixed(4)}`)
      if (outcome.status === 'aborted') {
        const tookMs = outcome.settledAt - (outcome.abortRequestedAt ?? outcome.settledAt)
        console.log(
          `  ${run.run}: ${outcome.how} after ${tookMs.toFixed(1)} ms, because ${outcome.reason.message}`,
        )
        console.log(`  its last report: ${JSON.stringify(run.lastReport)}`)
      }
    }
  } finally {
    await runtime.close()
  }
}
