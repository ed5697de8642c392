// What `heddle/client` exports, listed by hand.

export type * from '../api.js'
export { createClient } from './control-client.js'
export type {
  ClientOptions,
  ControlClient,
  EventsOptions,
  RequestOptions,
  SimpleAbortRequest,
} from './control-client.js'
export { ControlError } from './control-error.js'
export { connect, listProcesses } from './processes.js'
export type { FoundProcess, ListOptions, RemoteProcess } from './processes.js'
