import { parentPort, workerData } from 'node:worker_threads'

/** What the two threads share: times are those of the machine's monotonic clock, in nanoseconds. */
export interface Beat {
  readonly startNs: bigint
  readonly intervalNs: number
  readonly count: number
  /** Beats so far. */
  readonly beats: Int32Array
}

/**
 * Wakes the pacing client for each request that is due. A thread of its own, because it can sleep for a fraction of a
 * millisecond, which a timer of the event loop cannot; a client that spins instead would take a processor from the
 * server.
 */
const { startNs, intervalNs, count, beats } = workerData as Beat
const asleep = new Int32Array(new SharedArrayBuffer(4))

for (let beat = 0; beat < count; beat++) {
  const due = startNs + BigInt(Math.round(beat * intervalNs))
  const left = Number(due - process.hrtime.bigint())
  if (left > 0) Atomics.wait(asleep, 0, 0, left / 1e6)
  Atomics.store(beats, 0, beat + 1)
  parentPort?.postMessage(null)
}
