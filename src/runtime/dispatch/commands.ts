// The commands of one runtime: what runs them is loaded with the first one.

import type { CommandLoader } from '../../../actors/inside/lane-definitions.js'
import type { DefinitionParts } from '../../action.js'
import type { CommandSpec, ResolvedActionOptions } from '../../protocol/resolved-options.js'
import { scopeOf } from '../../../actors/inside/body/context.js'
import type { CommandRunner } from '../../process/run-command.js'

/** What commands need of the runtime. */
export interface CommandsOptions {
  /** What is known of a definition. */
  readonly optionsOf: (url: string, name: string) => ResolvedActionOptions | undefined
  /** How long an action may clean up, in milliseconds. */
  readonly graceMsOf: (run: string, id: string) => number
}

/** Gives commands their bodies. */
export class Commands implements CommandLoader {
  readonly #options: CommandsOptions
  #runner: Promise<CommandRunner> | undefined

  constructor(options: CommandsOptions) {
    this.#options = options
  }

  load(
    { url, name }: { readonly url: string; readonly name: string },
    options: ResolvedActionOptions | undefined = this.#options.optionsOf(url, name),
  ): Promise<DefinitionParts> | undefined {
    return options?.command && this.#load(options, options.command)
  }

  /** No command lives any more: what supervises them may end. */
  async close(): Promise<void> {
    const runner = await this.#runner
    await runner?.close()
  }

  async #load(options: ResolvedActionOptions, command: CommandSpec): Promise<DefinitionParts> {
    this.#runner ??= import('../../process/run-command.js').then(
      (loaded) => new loaded.CommandRunner(this.#options.graceMsOf),
    )
    const runner = await this.#runner
    // Its start is no part of the first command's time.
    await runner.ready()
    return {
      options,
      body: (input: unknown, ctx) => runner.run(command, input, ctx, scopeOf(ctx).body.checkpoints?.folders),
    }
  }
}
