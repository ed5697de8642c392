// SIGINT and SIGTERM, where the runtime is asked to mind them: the first one ends what lives, the second one forces it.

/** Listens until the returned function is called. `close` is called for each signal, and the process ends with it. */
export function listenToProcessSignals(
  close: (message: string, urgency: { readonly graceMs?: number }) => Promise<void>,
): () => void {
  let received = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    received += 1
    const code = signal === 'SIGINT' ? 130 : 143
    const urgency = received === 1 ? {} : { graceMs: 0 }
    void close(`the process got ${signal}`, urgency).then(() => process.exit(code))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}
