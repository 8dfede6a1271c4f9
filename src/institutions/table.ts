import { type CatchUp, startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { factsAt, recognitionAt } from './rules.ts'
import { listChangedCodes, readChangeNo, readInstitutions } from './store.ts'
import type { Institution, InstitutionFacts, Recognition } from './types.ts'

/**
 * The whole register in memory: a look-up does no I/O. Four cities have some 20,000 designated institutions, of
 * about 1 KB each: 20 MB a process. `date` is a calendar day in Asia/Shanghai.
 */
export interface InstitutionTable {
  get(code: string): Institution | undefined
  factsAt(code: string, date: string): InstitutionFacts | undefined
  recognitionAt(code: string, insuredCity: string, date: string): Recognition
  /** Milliseconds since the register was last read; the answer cannot be older than that. */
  ageMs(): number
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 500

/** Reads the register and keeps following it by its change number. */
export async function openInstitutionTable(deps: Pick<Deps, 'db' | 'log'>): Promise<InstitutionTable> {
  const byCode = new Map<string, Institution>()
  let seen = -1n

  const read = async (): Promise<void> => {
    if ((await readChangeNo(deps.db)) === seen) return
    // One snapshot for head and periods: an institution is never seen half changed.
    const changed = await inTx(
      deps.db,
      async (tx) => {
        const changeNo = await readChangeNo(tx)
        return { changeNo, rows: await readInstitutions(tx, await listChangedCodes(tx, seen)) }
      },
      { isolation: 'repeatable read' },
    )
    for (const row of changed.rows) byCode.set(row.code, row)
    seen = changed.changeNo
  }

  const catchUp: CatchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'institutions could not be read'),
  })
  return {
    get: (code) => byCode.get(code),
    factsAt(code, date) {
      const institution = byCode.get(code)
      return institution && factsAt(institution, date)
    },
    recognitionAt: (code, insuredCity, date) => recognitionAt(byCode.get(code), insuredCity, date),
    ageMs: catchUp.ageMs,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}
