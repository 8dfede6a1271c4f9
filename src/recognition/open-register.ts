import { type CatchUp, startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import {
  arrangeCatalogue,
  arrangeInstitution,
  type Catalogue,
  type InstitutionRegister,
  type InstitutionRows,
} from './register.ts'
import {
  CATALOGUE,
  listChanged,
  REGISTER_CHANGED,
  readCatalogue,
  readHead,
  readInstitutionRows,
} from './register-store.ts'

/**
 * The whole register in memory: a judgement does no I/O for it, however many items are asked about. Some 500 houses with
 * 222 items each are 100,000 marks, about 40 MB a process.
 */
export interface Register {
  catalogue(): Catalogue
  institution(code: string): InstitutionRegister
  /** Number of the newest change that is in it; a decision keeps it. */
  changeNo(): bigint
  /** Everything committed before the call is in it when it resolves. */
  refresh(): Promise<void>
  close(): Promise<void>
}

const EVERY_MS = 500
const EMPTY: InstitutionRows = { marks: [], eqa: [], evaluations: [], prices: [] }
const NOTHING = arrangeInstitution(EMPTY)

/** Reads the register and keeps following it; only the parts that changed are read again. */
export async function openRegister(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<Register> {
  let catalogue: Catalogue | undefined
  const institutions = new Map<string, InstitutionRegister>()
  let seen = 0n

  const read = async (): Promise<void> => {
    if ((await readHead(deps.db)) === seen) return
    // One snapshot for all parts: a mark is never seen without the item it is about.
    const changed = await inTx(
      deps.db,
      async (tx) => {
        const head = await readHead(tx)
        const parts = (await listChanged(tx, seen)).map((one) => one.part)
        return {
          head,
          catalogue: parts.includes(CATALOGUE) ? await readCatalogue(tx) : undefined,
          institutions: await readInstitutionRows(
            tx,
            parts.filter((one) => one !== CATALOGUE),
          ),
        }
      },
      { isolation: 'repeatable read' },
    )
    if (changed.catalogue !== undefined) catalogue = arrangeCatalogue(changed.catalogue)
    for (const [code, rows] of changed.institutions) institutions.set(code, arrangeInstitution(rows))
    seen = changed.head
  }

  const catchUp: CatchUp = await startCatchUp({
    everyMs: EVERY_MS,
    read,
    onError: (error) => deps.log.error({ err: error }, 'the register of recognition could not be read'),
    news: { feed: deps.changes, area: REGISTER_CHANGED },
  })
  return {
    catalogue() {
      if (catalogue === undefined) throw new TypeError('recognition_change has no part for the catalogue')
      return catalogue
    },
    institution: (code) => institutions.get(code) ?? NOTHING,
    changeNo: () => seen,
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}
