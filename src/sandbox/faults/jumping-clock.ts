/*
 * Loaded before a process of ours (`node --import`) so that its system clock jumps: the file named by
 * FAULTS_CLOCK_FILE says by how many milliseconds the clock is wrong, and may change at any time. Durations
 * (performance.now, timers) stay true, as they do when an administrator or a time server sets a real clock.
 */
import { readFileSync } from 'node:fs'

const file = process.env['FAULTS_CLOCK_FILE']
const TrueDate = Date
let wrongBy = 0

function look(): void {
  const said = Number(readFileSync(file as string, 'utf8'))
  if (Number.isFinite(said)) wrongBy = said
}

if (file !== undefined) {
  const now = (): number => TrueDate.now() + wrongBy
  look()
  setInterval(look, 100).unref()
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  })
}
