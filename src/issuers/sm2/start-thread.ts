import { Worker } from 'node:worker_threads'
import { requestError } from '../../kernel/errors.ts'
import { type CheckJob, type FromThread, packJobs, type ToThread } from './messages.ts'
import type { Sm2KeyPair, Sm2PublicKey } from './sm2.ts'

/** One running thread. What it is asked is answered, or rejected when the thread ends. */
export interface Sm2Thread {
  /** Jobs that wait or run. */
  load(): number
  learn(key: number, publicKey: Sm2PublicKey): void
  check(job: CheckJob): Promise<boolean>
  sign(pair: Sm2KeyPair, message: Uint8Array): Promise<Uint8Array>
  close(): Promise<void>
}

interface Waiting {
  readonly job: CheckJob
  resolve(good: boolean): void
  reject(error: Error): void
}

/** Who waits for the next message of the thread. */
interface Asked {
  answer(message: FromThread): void
  reject(error: Error): void
}

/** Jobs of one message: at most 3 ms of work, so that a late-comer's answer does not wait for a long batch. */
const BATCH = 16

/** Messages on their way: while the thread works on one, the next is there already. */
const MESSAGES = 2

export interface ThreadOptions {
  /** The thread has ended although nobody closed it. */
  onEnd(error: Error): void
  /** Program of the thread; another one in tests. */
  readonly entry?: URL
}

/** Resolves when the thread's code has passed the self-test. @throws Error where it has not */
export async function startThread(options: ThreadOptions): Promise<Sm2Thread> {
  // Options of this process (of a test runner, a debugger) are none of the thread's business.
  const worker = new Worker(options.entry ?? new URL('./thread.ts', import.meta.url), { execArgv: [] })
  const asked: Asked[] = []
  let waiting: Waiting[] = []
  let flushing = false
  let atWork = 0
  let batches = 0
  let ended: Error | undefined
  let closing = false

  const send = (message: ToThread): void => worker.postMessage(message)

  const flush = (): void => {
    flushing = false
    while (waiting.length > 0 && batches < MESSAGES && ended === undefined) {
      const batch = waiting.splice(0, BATCH)
      batches++
      atWork += batch.length
      asked.push({
        answer(message) {
          batches--
          atWork -= batch.length
          const results = message.kind === 'checked' ? message.results : undefined
          batch.forEach((one, at) => one.resolve(results?.[at] === 1))
          flush()
        },
        reject: (error) => {
          for (const one of batch) one.reject(error)
        },
      })
      send({ kind: 'checks', jobs: packJobs(batch.map((one) => one.job)) })
    }
  }

  const end = (error: Error): void => {
    if (ended !== undefined) return
    ended = error
    const left = [...asked.splice(0), ...waiting]
    waiting = []
    for (const one of left) one.reject(threadGone(error))
    if (!closing) options.onEnd(error)
  }

  const ready = new Promise<FromThread>((resolve, reject) => asked.push({ answer: resolve, reject }))
  worker.on('message', (message: FromThread) => asked.shift()?.answer(message))
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', (code) => end(new Error(`the SM2 thread ended with code ${code}`)))

  const close = async (): Promise<void> => {
    closing = true
    end(new Error('the SM2 thread was closed'))
    await worker.terminate()
  }

  try {
    const first = await ready
    const faults = first.kind === 'ready' ? first.faults : ['it did not say whether it is ready']
    if (faults.length > 0) throw new Error(`SM2 fails its self-test: ${faults.join('; ')}`)
  } catch (error) {
    await close()
    throw error
  }

  return {
    load: () => waiting.length + atWork,
    learn: (key, publicKey) => send({ kind: 'key', key, publicKey }),
    check: (job) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(threadGone(ended))
        waiting.push({ job, resolve, reject })
        if (flushing) return
        flushing = true
        // After all sockets that have something to read were read: their codes travel together.
        setImmediate(flush)
      }),
    sign: (pair, message) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(threadGone(ended))
        atWork++
        asked.push({
          answer(answer) {
            atWork--
            if (answer.kind === 'signed') resolve(answer.signature)
            else reject(new Error(`SM2 could not sign: ${answer.kind === 'failed' ? answer.why : answer.kind}`))
          },
          reject,
        })
        send({ kind: 'sign', pair, message })
      }),
    close,
  }
}

const threadGone = (cause: Error) =>
  requestError('try-later', { detail: 'The SM2 thread ended; it is started again.', cause, retryAfter: 1 })
