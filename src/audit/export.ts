import { canonicalJson } from '../kernel/crypto/index.ts'
import type { Db } from '../kernel/db.ts'
import type { ChainPoint, ChainRecord } from './chain.ts'
import { readChain } from './verify-chain.ts'
import { type ChainEntry, type ChainVerdict, type VerifyOptions, verifyRecords } from './verify-records.ts'

/**
 * The chain as lines of JSON, `{"alg":…,"hash":…,"record":{…}}`, one a record. Anyone can check it without this
 * software: `hash` is H(hash of the line before + LF + `record` as it stands here).
 */
export async function* exportChain(db: Db, from?: ChainPoint): AsyncGenerator<string> {
  for await (const { alg, hash, seq, record } of readChain(db, from)) {
    // A gap stays visible: the verifier of the export finds it as the verifier of the database does.
    yield canonicalJson(typeof record === 'object' ? { alg, hash, record } : { alg, hash, missing: seq })
  }
}

/** Checks an export without a database. Empty lines are skipped. */
export async function verifyExport(
  lines: Iterable<string> | AsyncIterable<string>,
  options: VerifyOptions = {},
): Promise<ChainVerdict> {
  return await verifyRecords(readExport(lines, options.from), options)
}

async function* readExport(
  lines: Iterable<string> | AsyncIterable<string>,
  from: ChainPoint | undefined,
): AsyncGenerator<ChainEntry> {
  let seq = from?.seq ?? 0
  for await (const line of lines) {
    if (line.trim() === '') continue
    seq += 1
    yield readLine(line) ?? { seq, alg: 'SHA-256', hash: '', record: 'unreadable' }
  }
}

function readLine(line: string): ChainEntry | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // A damaged line is a finding of the verifier (the record was changed), not a fault of the reader.
    return undefined
  }
  if (!isObject(value)) return undefined
  const { alg, hash, record, missing } = value
  if ((alg !== 'SHA-256' && alg !== 'SM3') || typeof hash !== 'string') return undefined
  if (typeof missing === 'number') return { seq: missing, alg, hash, record: 'missing' }
  return isChainRecord(record) ? { seq: record.seq, alg, hash, record } : undefined
}

/** What JSON.parse made is JSON; only the number has to be looked at. */
function isChainRecord(value: unknown): value is ChainRecord {
  return isObject(value) && Number.isSafeInteger(value['seq'])
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
