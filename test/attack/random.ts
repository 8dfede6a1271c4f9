import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Chance that can be repeated: the same seed attacks with the same texts. */
export interface Chance {
  /** A whole number from 0 up to, and not with, `below`. */
  below(below: number): number
  pick<T>(from: readonly T[]): T
  bytes(length: number): Buffer
  /** Text of base64url characters. */
  word(length: number): string
}

const WORD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** The seed of this run: `ATTACK_SEED` where somebody repeats one, else the same each time. */
export const SEED = Number(process.env['ATTACK_SEED'] ?? 20_261_124)

/** Each suite has a stream of its own, so that one can be run alone and attacks with the same texts. */
export function chance(label: string): Chance {
  process.stdout.write(`${label}: ATTACK_SEED=${SEED}\n`)
  let state = SEED >>> 0
  for (const character of label) state = (Math.imul(state, 31) + character.charCodeAt(0)) >>> 0
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    pick: (from) => {
      if (from.length === 0) throw new Error('nothing to pick from')
      return from[below(from.length)] as (typeof from)[number]
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    word: (length) => Array.from({ length }, () => WORD[below(64)]).join(''),
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** MiB of the heap that are in use once everything unused is gone. */
export async function heapInUse(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    collect()
    // What was only just let go of (sockets, timers) is collected in the next round.
    await new Promise((done) => setTimeout(done, 20))
  }
  return process.memoryUsage().heapUsed / 1024 / 1024
}

/** What nobody caught while the attack went on: has to stay empty. */
export function watchUncaught(): { readonly seen: readonly string[]; stop(): void } {
  const seen: string[] = []
  const note = (error: unknown): void => void seen.push(String(error instanceof Error ? error.stack : error))
  process.on('unhandledRejection', note)
  process.on('uncaughtException', note)
  return {
    seen,
    stop() {
      process.off('unhandledRejection', note)
      process.off('uncaughtException', note)
    },
  }
}
