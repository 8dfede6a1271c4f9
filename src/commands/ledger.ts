import { readConfig } from '../kernel/config.ts'
import type { Database } from '../kernel/db.ts'
import { formatFen } from '../kernel/money.ts'
import { systemClock } from '../kernel/time.ts'
import { balanceAt, closeAccount, reopenAccount, runLedgerVerify, sealLedger } from '../ledger/index.ts'
import { CommandError } from './command.ts'
import { joinDatabase, withDb } from './database.ts'

const USAGE = 'Usage: ledger verify | seal | balance ACCOUNT [TIME] [--written] | close ACCOUNT | reopen ACCOUNT'
const ACCOUNT = /^[a-z_]+\/[1-8][0-9]{5}(?:\/[A-Za-z0-9_.-]+)*$/

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (line: string): void => void process.stderr.write(`${line}\n`)

/** What an auditor and the keeper of the books do: prove the ledger, ask for a balance, close an account. */
export async function runLedger(args: readonly string[]): Promise<void> {
  const written = args.includes('--written')
  const [verb, account, time, ...more] = args.filter((arg) => arg !== '--written')
  if (more.length > 0 || (written && verb !== 'balance') || (time !== undefined && verb !== 'balance'))
    throw new CommandError(USAGE)
  if ((verb === 'verify' || verb === 'seal') && account === undefined) {
    return await onDatabase(async (db) => {
      if (verb === 'seal') return write(`${await sealLedger(db, systemClock.now())} journals sealed`)
      process.exitCode = (await runLedgerVerify(db, systemClock, write, tell)) ? 0 : 1
    })
  }
  if (account === undefined || !ACCOUNT.test(account)) throw new CommandError(USAGE)
  if (verb === 'balance') {
    const instant = time === undefined ? 'now' : readTime(time)
    return await onDatabase(async (db) =>
      write(formatFen(await balanceAt(db, account, instant, written ? 'written' : 'event'))),
    )
  }
  if (verb === 'close') return await onDatabase((db) => closeAccount(db, account, systemClock.now()))
  if (verb === 'reopen') return await onDatabase((db) => reopenAccount(db, account))
  throw new CommandError(USAGE)
}

/** With its zone: a balance at a time that means another instant elsewhere would be a wrong one. */
function readTime(text: string): Date {
  const at = /^\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(at.getTime()))
    throw new CommandError(`${text} is no time with a zone, such as 2026-11-24T10:00:00+08:00`)
  return at
}

async function onDatabase(work: (db: Database) => Promise<void>): Promise<void> {
  const database = await joinDatabase(readConfig(process.env))
  try {
    await withDb(database.url, work)
  } finally {
    await database.stop()
  }
}
