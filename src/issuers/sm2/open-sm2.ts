import { requestError } from '../../kernel/errors.ts'
import type { Logger } from '../../kernel/log.ts'
import { hasSignatureLength } from './messages.ts'
import { selfTest } from './self-test.ts'
import { createSm2, type Sm2Code, type Sm2KeyPair, type Sm2PublicKey } from './sm2.ts'
import { type Sm2Thread, startThread } from './start-thread.ts'

/** SM2 for the whole process. */
export interface Sm2 {
  /** The check of one key, which is prepared now. False, never an error, for what is not a good signature. */
  checker(publicKey: Sm2PublicKey): (signed: Uint8Array, signature: Uint8Array) => boolean | Promise<boolean>
  sign(pair: Sm2KeyPair, message: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

export interface Sm2Options {
  /** 0: in the thread of the caller, which then waits for each signature. */
  readonly threads: number
  readonly log: Pick<Logger, 'error' | 'info'>
  /** Program of the threads; another one in tests. */
  readonly entry?: URL
}

/** Of each thread, some third of a second of work: who comes after it is told to come again, before everybody waits too long. */
const MOST_CHECKS = 2_000

/** Issuing is in bulk, and nobody stands at a counter for it. */
const MOST_SIGNATURES = 20_000

const RESTART_MS = 500

/** Opens SM2. @throws Error where the code fails its self-test: then nothing may be served with it */
export async function openSm2(options: Sm2Options): Promise<Sm2> {
  return options.threads === 0 ? sm2Here() : await sm2InThreads(options)
}

/** SM2 in the caller's thread: for programs that verify one code, and where no thread is wanted. */
export function sm2Here(code: Sm2Code = createSm2()): Sm2 {
  const faults = selfTest(code)
  if (faults.length > 0) throw new Error(`SM2 fails its self-test: ${faults.join('; ')}`)
  return {
    checker(publicKey) {
      const check = code.prepare(publicKey)
      return (signed, signature) => {
        try {
          return check(signed, signature)
        } catch {
          // Whatever a signature makes the code stumble over, it is not good.
          return false
        }
      }
    },
    sign: async (pair, message) => code.sign(pair, message),
    async close() {},
  }
}

async function sm2InThreads({ threads: count, log, entry }: Sm2Options): Promise<Sm2> {
  const running = new Set<Sm2Thread>()
  const restarts = new Set<NodeJS.Timeout>()
  const keys: Sm2PublicKey[] = []
  let closed = false

  const start = async (): Promise<void> => {
    let thread: Sm2Thread | undefined
    const onEnd = (error: Error): void => {
      if (thread === undefined) return
      running.delete(thread)
      log.error({ err: error }, 'an SM2 thread ended; starting another')
      restartLater()
    }
    const started = await startThread(entry === undefined ? { onEnd } : { onEnd, entry })
    if (closed) return await started.close()
    thread = started
    keys.forEach((publicKey, key) => started.learn(key, publicKey))
    running.add(started)
  }

  const restartLater = (): void => {
    if (closed) return
    const timer = setTimeout(() => {
      restarts.delete(timer)
      start().catch((error: unknown) => {
        log.error({ err: error }, 'an SM2 thread could not be started')
        restartLater()
      })
    }, RESTART_MS)
    restarts.add(timer)
  }

  const close = async (): Promise<void> => {
    closed = true
    for (const timer of restarts) clearTimeout(timer)
    await Promise.all([...running].map((thread) => thread.close()))
    running.clear()
  }

  /** The one with the least to do. @throws `request.try-later` where all have too much */
  const pick = (most: number): Sm2Thread => {
    let best: Sm2Thread | undefined
    for (const thread of running) if (best === undefined || thread.load() < best.load()) best = thread
    if (best === undefined) {
      throw requestError('try-later', { detail: 'No SM2 thread is running at this moment.', retryAfter: 1 })
    }
    if (best.load() >= most) {
      throw requestError('try-later', { detail: 'Too many SM2 signatures are waiting.', retryAfter: 1 })
    }
    return best
  }

  try {
    await Promise.all(Array.from({ length: count }, start))
  } catch (error) {
    await close()
    throw error
  }

  return {
    checker(publicKey) {
      const key = keys.push(publicKey) - 1
      for (const thread of running) thread.learn(key, publicKey)
      return async (signed, signature) => {
        if (!hasSignatureLength(signature)) return false
        return await pick(MOST_CHECKS).check({ key, signed, signature })
      }
    },
    sign: async (pair, message) => await pick(MOST_SIGNATURES).sign(pair, message),
    close,
  }
}
