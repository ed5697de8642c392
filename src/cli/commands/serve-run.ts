// Makes a run of the foreground known to other terminals, where that is wanted and can be.

import { messageOf } from '../../protocol/values/describe-value.js'
import type { ControlServer } from '../../serving.js'
import type { ProjectRuntime } from '../loading/module-location.js'
import { UsageError } from '../input/usage-error.js'

/** How it was asked for. */
export interface ServeRequest {
  /** `undefined`: if it can be. */
  readonly serve: boolean | undefined
  readonly address: string | undefined
}

/**
 * Serves a runtime, unless it must not be.
 *
 * @throws `UsageError` for a wrong address, and whatever keeps a server that was asked for from listening.
 */
export async function serveRun(
  runtime: ProjectRuntime,
  { serve, address }: ServeRequest,
  warn: (text: string) => void,
): Promise<ControlServer | undefined> {
  if (serve === false) {
    if (address !== undefined)
      throw new UsageError('--address says where to serve, and --no-serve that nothing is served')
    return undefined
  }
  const place = address === undefined ? {} : parseAddress(address)
  const token = process.env['HEDDLE_TOKEN']
  try {
    return await runtime.serve({ ...place, ...(token && { token }) })
  } catch (error) {
    // It was not asked for: the run matters more.
    if (serve === undefined && address === undefined) {
      warn(`other terminals can't find this run: ${messageOf(error)}`)
      return undefined
    }
    throw error
  }
}

/** `4321`, `:4321`, `127.0.0.1:4321`, `[::1]:4321`. */
function parseAddress(address: string): { readonly host?: string; readonly port: number } {
  const [, host, port] = /^(?:(.*):)?(\d{1,5})$/.exec(address) ?? []
  if (port === undefined || Number(port) > 65_535) {
    throw new UsageError(`--address is '${address}', but must be a port or host:port, such as 127.0.0.1:4321`)
  }
  const plain = host?.replace(/^\[|\]$/g, '')
  return { port: Number(port), ...(plain && { host: plain }) }
}
