/**
 * The client of the control server: what `heddle/client` exports, listed by hand.
 *
 * @module heddle/client
 */

export type * from '../api.js'
export { createClient } from './control-client.js'
export type { ClientOptions, RequestOptions } from './requests.js'
export type { ControlClient, EventsOptions, StartOptions } from './control-client.js'
export { ControlError } from './control-error.js'
export type { NoAnswerCode } from './control-error.js'
export { connect, listProcesses } from './processes.js'
export type { FoundProcess, ListOptions, RemoteProcess } from './processes.js'
