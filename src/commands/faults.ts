import { parseArgs } from 'node:util'
import { hasRedis, runRoutingFaults, runSettleFaults } from '../sandbox/index.ts'
import { CommandError } from './command.ts'

const USAGE = `Usage: faults routing [--messages N] [--kills N] [--queue postgres|redis]
       faults settle  [--claims N] [--kills N] [--repeats N] [--queue postgres|redis]`

/** Breaks everything around a running hub and proves that nothing accepted is lost. Exit code 1 where something is. */
export async function runFaults(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args
  if (name === 'routing') await breakRouting(rest)
  else if (name === 'settle') await breakSettlement(rest)
  else throw new CommandError(USAGE)
}

const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function breakRouting(args: readonly string[]): Promise<void> {
  const { messages = 10_000, kills = 20, queue } = readOptions(args, ['messages', 'kills'])
  const report = await runRoutingFaults({ messages, kills, queue: await chosen(queue), say })
  const { lost, outOfOrder, faults, unfinished, ...figures } = report
  const good = lost.length === 0 && outOfOrder.length === 0 && faults.length === 0 && unfinished === 0
  tell(
    { ...figures, lost: lost.length, outOfOrder: outOfOrder.length, unfinished, faults },
    good,
    good
      ? 'Every accepted message arrived, in order for each patient at each destination.'
      : `Not good. Lost: ${lost.slice(0, 10).join(' ')} Out of order: ${outOfOrder.slice(0, 10).join(' ')}`,
  )
}

async function breakSettlement(args: readonly string[]): Promise<void> {
  const read = readOptions(args, ['claims', 'kills', 'repeats'])
  const { claims = 10_000, kills = 24, repeats = 1_000 } = read
  const report = await runSettleFaults({ claims, kills, repeats, queue: await chosen(read.queue), say })
  const good = report.pending === 0 && report.faults.length === 0 && Object.keys(report.broken).length === 0
  tell(
    report,
    good,
    good
      ? `${report.accepted} claims accepted = ${report.settled} settled + ${report.refused} refused; none lost, none doubled, every sum to the fen.`
      : `Not good. ${[...report.faults, ...Object.entries(report.broken).map(([what, count]) => `${what}: ${count}`)].slice(0, 10).join('; ')}`,
  )
}

function tell(figures: object, good: boolean, verdict: string): void {
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n${verdict}\n`)
  process.exitCode = good ? 0 : 1
}

type Queue = 'postgres' | 'redis'

const chosen = async (queue: Queue | undefined): Promise<Queue> => queue ?? ((await hasRedis()) ? 'redis' : 'postgres')

function readOptions<N extends string>(
  args: readonly string[],
  numbers: readonly N[],
): Partial<Record<N, number>> & { readonly queue?: Queue | undefined } {
  try {
    const options = Object.fromEntries([...numbers, 'queue'].map((name) => [name, { type: 'string' as const }]))
    const { values } = parseArgs({ args: [...args], options })
    const read: Partial<Record<N, number>> = {}
    for (const name of numbers) {
      if (values[name] === undefined) continue
      const value = Number(values[name])
      if (!Number.isInteger(value) || value < 0 || (value === 0 && name !== 'kills' && name !== 'repeats')) {
        throw new TypeError()
      }
      read[name] = value
    }
    return { ...read, queue: readQueue(values['queue']) }
  } catch {
    throw new CommandError(USAGE)
  }
}

function readQueue(value: unknown): Queue | undefined {
  if (value === undefined || value === 'postgres' || value === 'redis') return value
  throw new TypeError()
}
