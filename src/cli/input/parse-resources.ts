// Named resources that are given as an option, such as `gpu=2,licence=1`; several by commas, or by the option again.

import { InvalidArgumentError } from 'commander'

/** What a text says, added to what stood before. @throws `InvalidArgumentError` for what is none. */
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
