/**
 * A model that is loaded once, in a thread of its own, and called from elsewhere until it is stopped. It is called by the app
 * under load, by a parent action, with a callback, and in the moment when it ends.
 */
import { action, createRuntime, isActionThread, isHeddleError, type ActionContext } from 'heddle'

/** What the server offers. Callers get promises of it. */
interface Model {
  /** The labels of the nearest examples decide. */
  classify(point: readonly number[]): string
  /** Classifies many, and tells how far it is. */
  classifyAll(
    points: readonly (readonly number[])[],
    onProgress: (done: number) => unknown,
  ): Promise<string[]>
  /** How many examples it has loaded. */
  readonly size: number
}

export const modelServer = action(
  import.meta,
  'modelServer',
  async (
    { examples, neighbours }: { examples: number; neighbours: number },
    ctx: ActionContext<{ exposes: Model }>,
  ) => {
    // Loading: two interleaved spirals, the classic that no straight line parts.
    const known = Array.from({ length: examples }, (_, index) => {
      const arm = index % 2
      const angle = (index / examples) * 3 * Math.PI
      const point = [Math.cos(angle + arm * Math.PI) * angle, Math.sin(angle + arm * Math.PI) * angle]
      return { point, label: arm === 0 ? 'inner' : 'outer' }
    })
    const classify = (point: readonly number[]): string => {
      const nearest = known
        .map(({ point: other, label }) => ({
          label,
          distance: other.reduce((sum, value, axis) => sum + (value - (point[axis] ?? 0)) ** 2, 0),
        }))
        .toSorted((one, other) => one.distance - other.distance)
        .slice(0, neighbours)
      const inner = nearest.filter(({ label }) => label === 'inner').length
      return inner * 2 > neighbours ? 'inner' : 'outer'
    }
    ctx.log.info('loaded', { examples })
    // Serves until it is stopped; while no call comes, it holds nothing of its thread.
    await ctx.expose({
      size: known.length,
      classify,
      async classifyAll(points, onProgress) {
        const labels: string[] = []
        for (const point of points) {
          labels.push(classify(point))
          // Called where it came from: here it returns a promise.
          if (labels.length % 100 === 0) await onProgress(labels.length)
        }
        return labels
      },
    })
  },
)

/** The server as a child: it lives as long as its parent needs it. */
export const usesModel = action(import.meta, 'usesModel', { cpu: 0 }, async (_: void, ctx) => {
  const server = ctx.spawn(modelServer, { examples: 200, neighbours: 3 })
  const model = await server.remote()
  const progress: number[] = []
  const points = Array.from({ length: 300 }, (_, index) => [index / 50, 0])
  const labels = await model.classifyAll(points, (done) => progress.push(done))
  return { size: await model.size, labelled: labels.length, progress }
})

if (!isActionThread) {
  const runtime = createRuntime({ threads: 2 })
  try {
    const server = runtime.run(modelServer, { examples: 200, neighbours: 5 })
    const model = await server.remote()
    console.log(`the server has loaded ${await model.size} examples`)

    // 64 callers in the app, 50 calls each, one after the other.
    const latencies: number[] = []
    const counts = new Map<string, number>()
    const startedAt = performance.now()
    await Promise.all(
      Array.from({ length: 64 }, async (_, caller) => {
        for (let call = 0; call < 50; call += 1) {
          const calledAt = performance.now()
          const label = await model.classify([Math.cos(call) * caller * 0.15, Math.sin(call) * caller * 0.15])
          latencies.push(performance.now() - calledAt)
          counts.set(label, (counts.get(label) ?? 0) + 1)
        }
      }),
    )
    const seconds = (performance.now() - startedAt) / 1000
    latencies.sort((one, other) => one - other)
    const percentile = (share: number): string =>
      latencies[Math.floor(share * (latencies.length - 1))]!.toFixed(1)
    console.log(
      `${latencies.length} calls by 64 callers: ${Math.round(latencies.length / seconds)} a second, p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`,
    )
    console.log(
      `labels: ${[...counts]
        .map(([label, count]) => `${count} ${label}`)
        .toSorted()
        .join(', ')}`,
    )

    const { size, labelled, progress } = await runtime.run(usesModel)
    console.log(
      `a parent had ${labelled} points labelled by a server of ${size} examples; progress ${progress.join(', ')}`,
    )

    // What is pending when the server ends has its outcome for an answer.
    const points = Array.from({ length: 1000 }, (_, index) => [index / 100, 0])
    const close = (): void => server.cancel('the shop is closing')
    const answers = await Promise.allSettled([
      model.classify([0, 1]),
      ...Array.from({ length: 20 }, () => model.classifyAll(points, close)),
    ])
    const errors = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [answer.reason as unknown] : [],
    )
    const aborted = errors.filter((error) => isHeddleError(error, 'ActionAbortedError'))
    console.log(
      `stopped: of ${answers.length} calls, ${answers.length - errors.length} was answered, ${aborted.length} were rejected with its abort`,
    )
    const late = await model.classify([0, 1]).catch((error: unknown) => error as Error)
    console.log(`afterwards: ${late instanceof Error ? late.message : late}`)
  } finally {
    await runtime.close()
  }
}
