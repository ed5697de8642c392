// Named resources as flags have them.

import { InvalidArgumentError } from 'commander'

/** `gpu=2,licence=1`, also by the option again. */
export function parseResources(
  text: string,
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const resources = { ...before }
  for (const entry of text.split(',')) {
    const [, name = '', count = ''] = /^\s*([^=\s]+)=(\d+)\s*$/.exec(entry) ?? []
    if (name === '' || !Number.isSafeInteger(Number(count))) {
      throw new InvalidArgumentError(`It must be a name and a whole number, as in gpu=2.`)
    }
    if (Object.hasOwn(resources, name)) throw new InvalidArgumentError(`It names '${name}' twice.`)
    resources[name] = Number(count)
  }
  return resources
}
