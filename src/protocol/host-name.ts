// What is told of a machine that lends its threads.

/** A machine that lends its threads to runtimes elsewhere. */
export interface HostName {
  /** What it is called. Others may be called alike. */
  readonly name: string
  /** What tells it from all others. */
  readonly instance: string
}

/** How an attempt was lost with its host: that isn't heard any more, or it is leaving and cut what didn't end in time. */
export type HostLoss = 'host-lost' | 'host-drained'

/** How a host is named beside a thread: in errors, events and records. */
export interface HostFields {
  readonly host?: string
  readonly hostInstance?: string
}

/** The fields that name a host; none for this machine. */
export function hostFields(host: HostName | undefined): HostFields {
  return host === undefined ? {} : { host: host.name, hostInstance: host.instance }
}
