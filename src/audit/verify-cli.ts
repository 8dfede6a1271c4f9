import type { Db } from '../kernel/db.ts'
import { verifyExport } from './export.ts'
import { verifyChain } from './verify-chain.ts'
import type { ChainVerdict, VerifyOptions } from './verify-records.ts'

type Write = (line: string) => void

/** `audit verify`: checks the stored chain and says the result in one line. True where it holds. */
export async function runAuditVerify(db: Db, write: Write, options: VerifyOptions = {}): Promise<boolean> {
  const verdict = await verifyChain(db, options)
  write(`${describe(verdict)}; ${verdict.waiting} waiting to be chained`)
  return verdict.ok
}

/** `audit verify FILE`: the same for an export, without a database. */
export async function runAuditVerifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  write: Write,
  options: VerifyOptions = {},
): Promise<boolean> {
  const verdict = await verifyExport(lines, options)
  write(describe(verdict))
  return verdict.ok
}

function describe(verdict: ChainVerdict): string {
  return verdict.ok
    ? `audit chain ok: ${verdict.count} events, head ${verdict.head.seq} ${verdict.head.hash}`
    : `audit chain broken at seq ${verdict.seq}: ${verdict.kind}`
}
