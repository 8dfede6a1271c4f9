import type { Bench } from './bench.ts'
import { createCleanup } from './cleanup.ts'
import { keepResults } from './keep-results.ts'
import { describeMachine } from './machine.ts'
import { type Options, parseOptions } from './options.ts'
import { openPlace } from './place.ts'
import { recordsBench } from './records.ts'
import { formatTable, type Measured, toRow } from './row.ts'
import { settleBench } from './settle.ts'
import { redisVersion } from './start-redis.ts'
import { verifyBench } from './verify.ts'

/** The one list of benches. */
const benches: readonly Bench[] = [verifyBench, settleBench, recordsBench]

const say = (line: string): void => void process.stderr.write(`${line}\n`)

async function main(options: Options): Promise<void> {
  const rows: Measured[] = []
  let machine: Awaited<ReturnType<typeof describeMachine>> | undefined
  for (const bench of benches.filter((one) => options.names.includes(one.name))) {
    // A database of its own for each: what one bench leaves behind must not slow the next.
    const cleanup = createCleanup()
    const onSignal = (): void => {
      void cleanup.run().finally(() => process.exit(130))
    }
    process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
    try {
      say(`${bench.name}: starting PostgreSQL`)
      const place = await openPlace(cleanup)
      machine ??= await describeMachine(place.databaseUrl, await redisVersion())
      rows.push(...(await bench.run({ cleanup, place, options, say })))
    } finally {
      await cleanup.run()
      process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal)
    }
  }
  if (machine === undefined) throw new Error('no bench was run')
  const file = await keepResults(new Date(), { options, machine, rows })
  if (options.json) process.stdout.write(`${JSON.stringify(rows.map(toRow), null, 2)}\n`)
  else process.stdout.write(`${formatTable(rows)}\n`)
  say(`kept in ${file}`)
}

try {
  await main(parseOptions(process.argv.slice(2), benches))
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
