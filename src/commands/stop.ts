import type { Logger } from '../kernel/log.ts'

/**
 * SIGTERM and SIGINT stop the process in order: requests and jobs in flight end, then pools and database close.
 * What has not ended within `drainMs` is abandoned: its rows are picked up again at the next start. A second
 * signal does not wait.
 */
export function onStopSignal(drainMs: number, log: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const handle = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130)
    stopping = true
    log.info({ signal }, 'stopping: waiting for requests and jobs in flight')
    const deadline = setTimeout(() => {
      log.error({ drainMs }, 'not everything ended in time; leaving')
      process.exit(1)
    }, drainMs)
    stop().then(
      () => {
        clearTimeout(deadline)
        log.info('stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', handle)
  process.on('SIGINT', handle)
  // Only a process that another one of ours started has this channel; it ends when the parent does.
  process.once('disconnect', () => handle('SIGTERM'))
}
