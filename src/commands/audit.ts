import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  appendAudit,
  COMMAND_LINE,
  exportChain,
  listPersonAudit,
  runAuditVerify,
  runAuditVerifyExport,
} from '../audit/index.ts'
import type { Database } from '../kernel/db.ts'
import { isUuid } from '../kernel/ids.ts'
import { systemClock } from '../kernel/time.ts'
import { CommandError } from './command.ts'
import { onDatabase } from './database.ts'

const USAGE = 'Usage: audit verify [FILE] | export | person ID'
const PAGE = 500

const write = (line: string): void => void process.stdout.write(`${line}\n`)

/** What an auditor does: prove the chain, take it away, and answer a person who asks who saw his data. */
export async function runAuditCommand(args: readonly string[]): Promise<void> {
  const [verb, what, ...more] = args
  if (more.length > 0) throw new CommandError(USAGE)
  if (verb === 'verify' && what !== undefined) return await verifyFile(what)
  if (verb === 'verify') {
    return await onDatabase(async (db) => void (process.exitCode = (await runAuditVerify(db, write)) ? 0 : 1))
  }
  if (verb === 'export' && what === undefined) return await onDatabase(writeChain)
  if (verb === 'person' && what !== undefined && isUuid(what)) {
    return await onDatabase((db) => writePerson(db, what.toLowerCase()))
  }
  throw new CommandError(USAGE)
}

/** Exit code 0 when the chain holds, 1 when it does not. */
async function verifyFile(file: string): Promise<void> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
  process.exitCode = (await runAuditVerifyExport(lines, write)) ? 0 : 1
}

async function writeChain(db: Database): Promise<void> {
  const lines = async function* () {
    for await (const line of exportChain(db)) yield `${line}\n`
  }
  // Through a pipeline, so that a slow reader slows the query down and the chain is never held whole.
  await pipeline(Readable.from(lines()), process.stdout, { end: false })
}

/**
 * One line of JSON an event, newest first. `sealed` is false until the event has its place in the chain. That the log of
 * a person was read is itself an event.
 */
async function writePerson(db: Database, personRef: string): Promise<void> {
  await appendAudit(
    db,
    {
      ...COMMAND_LINE,
      action: 'audit.read-person',
      targetType: 'audit-log',
      personRef,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
    },
    systemClock,
  )
  let after: { readonly at: Date; readonly eventNo: bigint } | undefined
  for (;;) {
    const page = await listPersonAudit(db, { personRef, limit: PAGE, after })
    for (const { sealed, record } of page) write(JSON.stringify({ sealed, ...record }))
    if (page.length < PAGE) return
    after = page.at(-1)
  }
}
