// The help of `heddle run <module> --help`: the module's actions, and the flags that their inputs are given by.

import type { ActionDescription } from '../loading/inspect-module.js'
import { describeFlagValue, flagsOf, type InputFlag } from './input-flags.js'
import { padTo, printable, widthOf } from '../display/printable.js'
import { alternatives, typesOf, type JsonSchema } from '../../control/shown/json-schema.js'
import type { Style } from '../display/style.js'

/** The widest that flags are laid out for; what is longer pushes its own description to the right. */
const WIDEST_FLAG = 32

/** The lines about all actions of a module, or about one. */
export function describeActions(
  actions: readonly ActionDescription[],
  {
    module,
    ownOptions,
    style,
  }: { readonly module: string; readonly ownOptions: readonly string[]; readonly style: Style },
): string[] {
  if (actions.length === 0) return [`${module} has no actions.`]
  return actions.flatMap((action) => [
    `${style('bold', `Action ${printable(action.name)}`)}${action.isDefault ? ' (default)' : ''}`,
    ...describeInput(action, ownOptions),
    '',
  ])
}

function describeInput({ input, hasSchema }: ActionDescription, ownOptions: readonly string[]): string[] {
  if (input === undefined) {
    return [
      hasSchema
        ? '  Its schema can’t be listed. Flags are read as JSON where they are JSON, else as text, and then checked by it.'
        : '  It has no schema: any flags. They are read as JSON where they are JSON, else as text.',
    ]
  }
  const flags = flagsOf(input)
  if (flags.length === 0) return [`  No flags: --input takes ${describeWhole(input)}.`]
  const names = flags.map((flag) => `  --${flag.flag} <${placeholder(flag, input)}>`)
  const width = Math.min(WIDEST_FLAG, Math.max(...names.map(widthOf)))
  return flags.map((flag, index) => {
    const remarks = [
      flag.schema.description === undefined ? undefined : printable(flag.schema.description),
      describeFlagValue(flag.schema, input),
      defaultOf(flag.schema, input),
      flag.required ? 'required' : undefined,
      ownOptions.includes(`--${flag.flag}`) ? 'give it behind --' : undefined,
    ]
    return `${padTo(names[index]!, width)}  ${remarks.filter((one) => one !== undefined).join('; ')}`
  })
}

function describeWhole(schema: JsonSchema): string {
  return describeFlagValue(schema)
}

function placeholder({ schema }: InputFlag, root: JsonSchema): string {
  const types = [...new Set(alternatives(schema, root).flatMap(typesOf))]
  if (types.length !== 1) return 'value'
  switch (types[0]) {
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'true|false'
    case 'array':
      return 'value'
    case 'object':
      return 'json'
    case 'string':
      return 'text'
    default:
      return 'value'
  }
}

function defaultOf(schema: JsonSchema, root: JsonSchema): string | undefined {
  const found = [schema, ...alternatives(schema, root)].find((one) => one.default !== undefined)
  return found === undefined ? undefined : `default ${printable(JSON.stringify(found.default))}`
}
