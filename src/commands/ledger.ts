import { formatFen } from '../kernel/money.ts'
import { systemClock } from '../kernel/time.ts'
import { balanceAt, closeAccount, readAnchors, reopenAccount, runLedgerVerify, sealLedger } from '../ledger/index.ts'
import { CommandError } from './command.ts'
import { onDatabase } from './database.ts'
import { readTextFile } from './read-text-file.ts'

const USAGE =
  'Usage: ledger verify [--anchor REPORT] | seal | balance ACCOUNT [TIME] [--written] | close ACCOUNT | reopen ACCOUNT'
const ACCOUNT = /^[a-z_]+\/[1-8][0-9]{5}(?:\/[A-Za-z0-9_.-]+)*$/

/** A report has a line for each book and month. */
const MOST_BYTES = 10_000_000

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const tell = (line: string): void => void process.stderr.write(`${line}\n`)

/** What an auditor and the keeper of the books do: prove the ledger, ask for a balance, close an account. */
export async function runLedger(args: readonly string[]): Promise<void> {
  if (args[0] === 'verify') return await verify(args.slice(1))
  const written = args.includes('--written')
  const [verb, account, time, ...more] = args.filter((arg) => arg !== '--written')
  if (more.length > 0 || (written && verb !== 'balance') || (time !== undefined && verb !== 'balance'))
    throw new CommandError(USAGE)
  if (verb === 'seal' && account === undefined) {
    return await onDatabase(async (db) => write(`${await sealLedger(db, systemClock.now())} journals sealed`))
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

/** `verify`, or with an earlier report that was kept elsewhere: what that report had as ends must still be in the chains. */
async function verify(args: readonly string[]): Promise<void> {
  const [option, path, ...more] = args
  if (more.length > 0 || (option !== undefined && (option !== '--anchor' || path === undefined))) {
    throw new CommandError(USAGE)
  }
  const anchors = path === undefined ? [] : readReport(path, await readTextFile(path, MOST_BYTES))
  await onDatabase(async (db) => {
    process.exitCode = (await runLedgerVerify(db, systemClock, { write, tell, anchors })) ? 0 : 1
  })
}

function readReport(path: string, text: string): ReturnType<typeof readAnchors> {
  try {
    return readAnchors(text)
  } catch (error) {
    throw error instanceof TypeError ? new CommandError(`${path} ${error.message}`) : error
  }
}

/** With its zone: a balance at a time that means another instant elsewhere would be a wrong one. */
function readTime(text: string): Date {
  const at = /^\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(at.getTime()))
    throw new CommandError(`${text} is no time with a zone, such as 2026-11-24T10:00:00+08:00`)
  return at
}
