import { parentPort } from 'node:worker_threads'

// An SM2 thread that is ready and then says nothing more.
parentPort?.on('message', () => {})
parentPort?.postMessage({ kind: 'ready', faults: [] })
