// `heddle/process`: actions that run programs.

export { command, type CommandOptions, type ResourceVariable } from './command.js'
export type { CommandFailure } from './command-failed-error.js'
