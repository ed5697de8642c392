// Tests run in forked processes, against the built package: `heddle` and `#fixtures/*` resolve to the files in dist and
// build that worker threads load too, and Node itself imports them (external), so that there is one instance of each.
import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

/** Where actions run: 'elsewhere' tests lanes to other machines by the suites of those to threads. */
const isElsewhere = process.env['HEDDLE_TESTED_PLACE'] === 'elsewhere'

/** What the tests of both projects have in common. */
const common: TestProjectInlineConfiguration = {
  ...(isElsewhere && {
    resolve: {
      alias: [{ find: /^heddle$/, replacement: `${import.meta.dirname}/test/support/elsewhere.ts` }],
    },
  }),
  test: {
    setupFiles: ['test/setup.ts', ...(isElsewhere ? ['test/support/skipped-elsewhere.ts'] : [])],
    pool: 'forks',
    // Ends what hangs: the longest test takes a third of it.
    testTimeout: 120_000,
    // A machine that has more to do than it can is no fault of what is waited for.
    expect: { poll: { timeout: 60_000, interval: 20 } },
    hookTimeout: 60_000,
    server: { deps: { external: [/\/(?:dist|build)\/.*\.js$/] } },
  },
}

export default defineConfig({
  test: {
    projects: [
      // Parts by themselves leave nothing behind: their files share processes, of which starting one takes longer than most tests.
      {
        ...common,
        test: { ...common.test, name: 'parts', include: ['test/unit/**/*.test.ts'], isolate: false },
      },
      {
        ...common,
        test: {
          ...common.test,
          name: 'whole',
          include: [
            'test/threads/**/*.test.ts',
            'test/faults/**/*.test.ts',
            'test/cluster/**/*.test.ts',
            'test/simulation/**/*.test.ts',
            'test/browser/**/*.test.ts',
          ],
          // Says so where there is no browser for the tests of the console.
          globalSetup: ['test/browser/chromium.ts'],
        },
      },
    ],
    // Many tests wait more than they compute, so that three share two cores well.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    teardownTimeout: 5_000,
  },
})
