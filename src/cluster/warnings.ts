// What a cluster warns of: what goes wrong is tried again, so that nobody else is told.

/** Warns of something. */
export function warnOfCluster(message: string): void {
  process.emitWarning(`cluster: ${message}`, 'HeddleWarning')
}
