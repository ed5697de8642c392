// Calls a body whose action has schemas: the input is validated before it, the output after it, both in the thread.

import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { DefinitionParts } from '../../../src/action.js'
import type { ActionContext } from '../../../src/context.js'
import { ActionInputError } from '../../../src/protocol/errors/errors.js'
import type { Body } from './body.js'

/** Validates the input, calls the body, and validates what it returns. */
export async function callValidated(
  body: Body,
  parts: DefinitionParts,
  given: unknown,
  context: ActionContext<never>,
): Promise<unknown> {
  const input = parts.input === undefined ? given : await validate(body, 'input', parts.input, given)
  const output = await (parts.body as (input: unknown, ctx: ActionContext<never>) => unknown)(input, context)
  return parts.output === undefined ? output : validate(body, 'output', parts.output, output)
}

async function validate(
  body: Body,
  what: 'input' | 'output',
  schema: StandardSchemaV1,
  value: unknown,
): Promise<unknown> {
  const checked = await schema['~standard'].validate(value)
  if (checked.issues === undefined) return checked.value
  const { run, id, name } = body.info
  throw new ActionInputError(
    `the ${what} of action ${id} '${name}' is not valid: ${listed(checked.issues)}`,
    { run, action: id, issues: checked.issues },
  )
}

function listed(issues: readonly StandardSchemaV1.Issue[]): string {
  return issues
    .map(({ message, path = [] }) => {
      const keys = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment))
      return keys.length === 0 ? message : `${keys.join('.')}: ${message}`
    })
    .join('; ')
}
