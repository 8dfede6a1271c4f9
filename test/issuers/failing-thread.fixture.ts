import { parentPort } from 'node:worker_threads'
import { selfTest } from '../../src/issuers/sm2/self-test.ts'
import { createSm2 } from '../../src/issuers/sm2/sm2.ts'

// An SM2 thread whose verifier ignores the id, as node:crypto's does.
const code = createSm2()
const faults = selfTest({ ...code, prepare: (publicKey) => code.prepare(publicKey, Buffer.alloc(0)) })
parentPort?.on('message', () => {})
parentPort?.postMessage({ kind: 'ready', faults })
