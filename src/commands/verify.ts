import { readConfig } from '../kernel/config.ts'
import { systemClock } from '../kernel/time.ts'
import { runVerify } from '../trust/index.ts'

/** Needs neither the database nor the network, nor any of their settings. */
export async function runVerifyCommand(args: readonly string[]): Promise<void> {
  const { dataDir } = readConfig({ YMT_DATA_DIR: process.env['YMT_DATA_DIR'] })
  process.exitCode = await runVerify(args, {
    clock: systemClock,
    dataDir,
    input: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  })
}
