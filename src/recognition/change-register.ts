import { appendAudits } from '../audit/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { compareRegister, type RegisterChange } from './compare-register.ts'
import { recognitionError } from './errors.ts'
import type { RegisterRead } from './read-register.ts'
import { CATALOGUE, markChanged, readCatalogue, readInstitutionRows, writeRegister } from './register-store.ts'

/** Who changes the register. */
export interface RegisterEditor {
  readonly actor: string
  readonly actorOrg: string
  readonly role: string
  readonly requestId?: string | undefined
  readonly sourceAddress?: string | undefined
}

/**
 * Takes over rows of the register, all or none; with `dryRun` only says what they would change. Every process has the
 * change within a second, and the caller's own as soon as it refreshes.
 *
 * @throws `recognition.register-invalid` naming everything that is wrong
 */
export async function changeRegister(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  read: RegisterRead,
  options: { readonly dryRun: boolean; readonly by: RegisterEditor },
): Promise<readonly RegisterChange[]> {
  if (read.errors.length > 0) throw recognitionError('register-invalid', { errors: read.errors })
  const { draft } = read
  const named = [...(draft.marks ?? []), ...(draft.eqa ?? []), ...(draft.evaluations ?? []), ...(draft.prices ?? [])]
  const institutions = [...new Set(named.map((one) => one.institution))].toSorted()
  const catalogue = (['items', 'scopes', 'panels', 'negatives', 'reasons', 'policies'] as const).some(
    (kind) => (draft[kind] ?? []).length > 0,
  )
  // First, for it orders all writers: what is compared with below stays as it is.
  if (!options.dryRun) await markChanged(tx, [...(catalogue ? [CATALOGUE] : []), ...institutions])
  const known = await readCatalogue(tx)
  const ofInstitutions = [...(await readInstitutionRows(tx, institutions)).values()]
  const { changes, errors, rows } = compareRegister(
    {
      ...known,
      marks: ofInstitutions.flatMap((one) => one.marks),
      eqa: ofInstitutions.flatMap((one) => one.eqa),
      evaluations: ofInstitutions.flatMap((one) => one.evaluations),
      prices: ofInstitutions.flatMap((one) => one.prices),
    },
    draft,
  )
  if (errors.length > 0) throw recognitionError('register-invalid', { errors })
  if (!options.dryRun) {
    await writeRegister(tx, rows)
    await appendAudits(
      tx,
      [
        {
          ...options.by,
          action: 'recognition.change-register',
          targetType: 'recognition-register',
          purpose: 'administration',
          basis: 'legal-duty',
          result: 'allowed',
          fieldsTouched: [...new Set(changes.filter((one) => one.change !== 'same').map((one) => one.kind))],
        },
      ],
      deps.clock,
    )
  }
  return changes
}
