// The parts of the manual pages that commands don't hold themselves: examples, and exit codes of their own.

import type { ManSections } from './man-help.js'

const RUN_EXITS: NonNullable<ManSections['exitStatus']> = [
  ['124', 'the run timed out'],
  ['130', 'the run was aborted, by Ctrl-C or from outside'],
  ['143', 'the process got SIGTERM, and the run was aborted'],
]

/** By the command as it is typed. */
export const manSections: Readonly<Record<string, ManSections>> = {
  heddle: {
    examples: [
      ['heddle run train.ts main --epochs 20', 'runs an action; its input is made of the flags'],
      ['heddle ps', 'what runs, and where'],
      [
        'heddle abort main-3fk --where name=trial*,phase=running',
        'stops some of its actions; the rest goes on',
      ],
    ],
  },
  'heddle run': {
    examples: [
      ['heddle run jobs.js', 'runs its only action, its default export, or the one named main'],
      [
        'heddle run jobs.js resize --width 800 --formats webp --formats avif',
        'input: { width: 800, formats: ["webp", "avif"] }',
      ],
      ['heddle run jobs.js resize --input @input.json --width 400', 'input from a file, one value changed'],
      ['heddle run train.js sweep --resources gpu=2', 'two GPUs for the actions that need one'],
      ['heddle run jobs.js --help', 'its actions, and the flags of their inputs'],
      ['heddle run jobs.js --json > events.ndjson', 'what happened, for a program'],
    ],
    exitStatus: RUN_EXITS,
  },
  'heddle abort': {
    examples: [
      ['heddle abort nightly', 'stops the run, and with it all its actions'],
      [
        'heddle abort nightly a0.2 a0.5 --reason "no longer needed"',
        'stops two actions with what is under them; their parent goes on',
      ],
      ['heddle abort nightly --where phase=running,name=trial* --dry-run', 'how many that would be'],
      [
        'heddle abort nightly --grace 2s --wait',
        'two seconds for all clean-up, and then says how each has ended',
      ],
    ],
    exitStatus: [['130', 'the question whether to go on was answered with no']],
  },
  'heddle stop': {
    examples: [
      ['heddle stop nightly --reason "good enough"', 'its running trials go on to their ends'],
      ['heddle stop nightly --now --wait', 'stops them, too, and waits for the end'],
    ],
  },
  'heddle get action': {
    examples: [
      ['heddle get action nightly --phase running', 'what runs now'],
      ['heddle get action nightly a0.3', 'one action in full'],
    ],
  },
  'heddle logs': {
    examples: [['heddle logs nightly a0.3 -f', 'what one action logs, until the run has ended']],
  },
  'heddle open': {
    examples: [
      ['heddle open nightly', 'shows the run in the browser'],
      [
        'heddle open nightly --print',
        'the link alone, to open it elsewhere: through a tunnel of ssh -L, say',
      ],
    ],
  },
  'heddle sweep': {
    examples: [
      ['heddle sweep watch sweep.jsonl', 'how a sweep stands, while it runs'],
      ['heddle sweep report sweep.jsonl --open', 'the page of what it has found so far, in the browser'],
      ['heddle sweep best sweep.jsonl --json | jq .parameters', 'the best trial, for a program'],
      ['heddle sweep export sweep.jsonl -o trials.csv', 'all trials, for a spreadsheet'],
    ],
  },
  'heddle worker': {
    examples: [
      [
        'heddle worker dist/actions.js --redis rediss://redis.internal --secret-file /run/secrets/heddle',
        'lends all cores of this machine to whoever asks for these actions',
      ],
      [
        'heddle worker dist/train.js --threads 2 --labels gpu',
        'lends two threads to actions with on: { label: "gpu" }, and to others; Redis and secret from the environment',
      ],
    ],
    exitStatus: [['1', 'the worker was told to stop, and something that ran was cut off']],
  },
  'heddle hosts': {
    examples: [
      ['heddle hosts', 'who lends threads, and to how many apps; Redis and secret from the environment'],
    ],
  },
  'heddle sweep watch': {
    exitStatus: [['130', 'Ctrl-C has ended the watching']],
  },
  'heddle watch': {
    examples: [
      ['heddle watch nightly', 'on a terminal: ? shows the keys'],
      ['heddle watch nightly --exit-status && deploy', 'what depends on how it ends'],
    ],
    exitStatus: [
      ['124, 130', 'with --exit-status: the run timed out, was aborted'],
      ['130', 'Ctrl-C has ended the watching'],
    ],
  },
  'heddle completion': {
    examples: [
      ['source <(heddle completion bash)', 'in ~/.bashrc'],
      ['source <(heddle completion zsh)', 'in ~/.zshrc, after compinit'],
      ['source <(npx heddle completion bash)', 'where heddle is installed in the project only'],
      ['heddle completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
  },
}
