import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { runAuditVerify, runAuditVerifyExport } from '../audit/index.ts'
import { readConfig } from '../kernel/config.ts'
import { CommandError } from './command.ts'
import { joinDatabase, withDb } from './database.ts'

/** `audit verify [FILE]`: exit code 0 when the chain holds, 1 when it does not. */
export async function runAuditCommand(args: readonly string[]): Promise<void> {
  const [verb, file] = args
  if (verb !== 'verify') throw new CommandError('Usage: audit verify [FILE]')
  const write = (line: string): void => void process.stdout.write(`${line}\n`)
  if (file !== undefined) {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
    process.exitCode = (await runAuditVerifyExport(lines, write)) ? 0 : 1
    return
  }
  const database = await joinDatabase(readConfig(process.env))
  try {
    process.exitCode = (await withDb(database.url, (db) => runAuditVerify(db, write))) ? 0 : 1
  } finally {
    await database.stop()
  }
}
