import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { checkInstitution } from './check.ts'
import { institutionsError } from './errors.ts'
import { nextChangeNo, replaceInstitutions } from './store.ts'
import type { Institution } from './types.ts'

/** Rows of one statement stay far below PostgreSQL's 65,535 parameters. */
const CHUNK = 1000

/**
 * Writes the register's entries, all or none: an entry is replaced as a whole, but a suspension that was recorded
 * stays. Processes see the change within a second.
 */
export async function saveInstitutions(
  deps: Pick<Deps, 'db' | 'clock'>,
  institutions: readonly Institution[],
  by: string,
): Promise<void> {
  const errors = institutions.flatMap((one, index) => checkInstitution(one, `/${index}`))
  if (errors.length > 0) throw institutionsError('invalid', { detail: 'Nothing was saved.', errors })
  await inTx(deps.db, async (tx) => {
    const changeNo = await nextChangeNo(tx)
    for (let at = 0; at < institutions.length; at += CHUNK) {
      await replaceInstitutions(tx, institutions.slice(at, at + CHUNK), { changeNo, by, at: deps.clock.now() })
    }
  })
}
