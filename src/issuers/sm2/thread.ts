import { parentPort } from 'node:worker_threads'
import { type FromThread, type ToThread, unpackJobs } from './messages.ts'
import { stepBack } from './priority.ts'
import { selfTest } from './self-test.ts'
import { createSm2, type Sm2Check, type Sm2KeyPair, type Sm2PublicKey } from './sm2.ts'

// Entry of an SM2 thread. It answers what it is told, in order, and says first whether its code passed the self-test.

const port = parentPort
if (port === null) throw new Error('the SM2 thread was started as a program')
const answer = (message: FromThread): void => port.postMessage(message)

stepBack()
const sm2 = createSm2()
const checks = new Map<number, Sm2Check>()

port.on('message', (told: ToThread) => {
  switch (told.kind) {
    case 'key':
      return prepare(told.key, told.publicKey)
    case 'checks':
      return answer({ kind: 'checked', results: checkAll(told.jobs) })
    case 'sign':
      return answer(sign(told.pair, told.message))
  }
})
answer({ kind: 'ready', faults: selfTest(sm2) })

/** A key that is none accepts nothing; it must not take the thread, and with it the other keys, along. */
function prepare(key: number, publicKey: Sm2PublicKey): void {
  try {
    checks.set(key, sm2.prepare(publicKey))
  } catch {
    checks.delete(key)
  }
}

function sign(pair: Sm2KeyPair, message: Uint8Array): FromThread {
  try {
    return { kind: 'signed', signature: sm2.sign(pair, message) }
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
}

function checkAll(packed: Uint8Array): Uint8Array {
  return Uint8Array.from(unpackJobs(packed), ({ key, signed, signature }) => {
    const check = checks.get(key)
    try {
      return check?.(signed, signature) === true ? 1 : 0
    } catch {
      // Whatever a signature makes the code stumble over, it is not good.
      return 0
    }
  })
}
