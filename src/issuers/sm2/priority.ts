import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Weighs a tenth of a thread of normal priority where both want the same core (sched(7)). */
const NICE = 10

/**
 * Lets the other threads of the process go first: those who show an ES256 code shall not wait for those with SM2. Linux
 * knows a priority of a single thread, by its id; elsewhere the call would slow the whole process, so it is not made.
 */
export function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    // "<process>/task/<thread>", of the thread that reads it.
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    if (Number.isSafeInteger(thread) && thread > 0) setPriority(thread, NICE)
  } catch {
    // Without /proc, or where the container forbids it, SM2 runs at the same priority: slower for others, not wrong.
  }
}
