import { isCityCode } from '../codes/index.ts'
import { type CatchUp, startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { factsAt, recognitionAt } from './rules.ts'
import { INSTITUTIONS_CHANGED, listChangedCodes, readChangeNo, readInstitutions } from './store.ts'
import type { Institution, InstitutionFacts, Recognition } from './types.ts'

/**
 * The whole register in memory: a look-up does no I/O. Four cities have some 20,000 designated institutions, of
 * about 1 KB each: 20 MB a process. `date` is a calendar day in Asia/Shanghai.
 */
export interface InstitutionTable {
  get(code: string): Institution | undefined
  factsAt(code: string, date: string): InstitutionFacts | undefined
  recognitionAt(code: string, insuredCity: string, date: string): Recognition
  /** The whole register, as it is while it is gone through. */
  all(): Iterable<Institution>
  /** Number of the newest change that is in it. */
  changeNo(): bigint
  /** Milliseconds since the register was last read; the answer cannot be older than that. */
  ageMs(): number
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 500

/** Reads the register and keeps following it by its change number. */
export async function openInstitutionTable(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<InstitutionTable> {
  const byCode = new Map<string, Institution>()
  let seen = -1n
  /** Answers of one day by insured city and institution: most questions are about today, and the same again. */
  let answers = { date: '', byCity: new Map<string, Map<string, Recognition>>() }

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
    answers = { date: '', byCity: new Map() }
  }

  /** Where an answer is remembered; a passing map for a day before, or for what is no city. */
  const answersOf = (insuredCity: string, date: string): Map<string, Recognition> => {
    if (date > answers.date) answers = { date, byCity: new Map() }
    const known = date === answers.date ? answers.byCity.get(insuredCity) : undefined
    if (known !== undefined) return known
    const ofCity = new Map<string, Recognition>()
    if (date === answers.date && (insuredCity === '' || isCityCode(insuredCity)))
      answers.byCity.set(insuredCity, ofCity)
    return ofCity
  }

  const catchUp: CatchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'institutions could not be read'),
    news: { feed: deps.changes, area: INSTITUTIONS_CHANGED },
  })
  return {
    get: (code) => byCode.get(code),
    factsAt(code, date) {
      const institution = byCode.get(code)
      return institution && factsAt(institution, date)
    },
    recognitionAt(code, insuredCity, date) {
      const remembered = answersOf(insuredCity, date)
      let answer = remembered.get(code)
      if (answer === undefined) {
        const institution = byCode.get(code)
        answer = recognitionAt(institution, insuredCity, date)
        if (institution !== undefined) remembered.set(code, answer)
      }
      return answer
    },
    all: () => byCode.values(),
    changeNo: () => seen,
    ageMs: catchUp.ageMs,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}
