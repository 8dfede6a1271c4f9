import { parentPort } from 'node:worker_threads'
import type { ToThread } from '../../src/issuers/sm2/messages.ts'

// An SM2 thread that says it is ready and dies of the first signature it is asked about.
parentPort?.on('message', (told: ToThread) => {
  if (told.kind === 'checks') process.exit(9)
})
parentPort?.postMessage({ kind: 'ready', faults: [] })
