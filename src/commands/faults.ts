import { parseArgs } from 'node:util'
import { hasRedis, runRoutingFaults } from '../sandbox/index.ts'
import { CommandError } from './command.ts'

const USAGE = 'Usage: faults routing [--messages N] [--kills N] [--queue postgres|redis]'

/** Breaks everything around a running hub and proves that nothing accepted is lost. Exit code 1 where something is. */
export async function runFaults(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args
  if (name !== 'routing') throw new CommandError(USAGE)
  const { messages, kills, queue } = readOptions(rest)
  const report = await runRoutingFaults({
    messages,
    kills,
    queue: queue ?? ((await hasRedis()) ? 'redis' : 'postgres'),
    say: (line) => void process.stderr.write(`${line}\n`),
  })
  const { lost, outOfOrder, faults, unfinished, ...figures } = report
  const good = lost.length === 0 && outOfOrder.length === 0 && faults.length === 0 && unfinished === 0
  process.stdout.write(
    `${JSON.stringify({ ...figures, lost: lost.length, outOfOrder: outOfOrder.length, unfinished, faults }, null, 2)}\n`,
  )
  process.stdout.write(
    good
      ? 'Every accepted message arrived, in order for each patient at each destination.\n'
      : `Not good. Lost: ${lost.slice(0, 10).join(' ')} Out of order: ${outOfOrder.slice(0, 10).join(' ')}\n`,
  )
  process.exitCode = good ? 0 : 1
}

interface Options {
  readonly messages: number
  readonly kills: number
  readonly queue: 'postgres' | 'redis' | undefined
}

function readOptions(args: readonly string[]): Options {
  const options = {
    messages: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '20' },
    queue: { type: 'string' },
  } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    const [messages, kills] = [Number(values.messages), Number(values.kills)]
    const { queue } = values
    if (!(Number.isInteger(messages) && messages > 0 && Number.isInteger(kills) && kills >= 0)) throw new TypeError()
    if (queue !== undefined && queue !== 'postgres' && queue !== 'redis') throw new TypeError()
    return { messages, kills, queue }
  } catch {
    throw new CommandError(USAGE)
  }
}
