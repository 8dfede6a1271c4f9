import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { auditMappings, type MappingCommand, partyOf } from './caller.ts'
import { mappingsError } from './errors.ts'
import { keyOf, normalUnit, problemsOf } from './rules.ts'
import { insertProposals, lockInstitution, readRecords } from './store.ts'
import type { MappingDraft, MappingRecord } from './types.ts'
import { isUcum } from './ucum.ts'

/**
 * Proposes mappings of the caller's own institution, each as the next version of its key. They count for nothing until a
 * second person has confirmed them.
 */
export async function proposeMappings(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: MappingCommand & { readonly drafts: readonly MappingDraft[] },
): Promise<readonly MappingRecord[]> {
  const drafts = command.drafts.map((draft) => ({ ...draft, unit: normalUnit(draft.unit) }))
  const errors = drafts.flatMap((draft, index) => fieldErrors(draft, `/mappings/${index}`))
  const seen = new Set<string>()
  for (const [index, draft] of drafts.entries()) {
    const key = keyOf(draft)
    if (seen.has(key)) errors.push({ pointer: `/mappings/${index}`, detail: 'has the key of one before it' })
    seen.add(key)
  }
  if (errors.length > 0) throw mappingsError('invalid', { errors: errors.slice(0, 50) })
  return await writeProposals(deps, tx, command, drafts)
}

export function fieldErrors(draft: MappingDraft, pointer: string): FieldError[] {
  return problemsOf(draft, isUcum).map(({ field, detail }) => ({ pointer: `${pointer}/${field}`, detail }))
}

/** Drafts that were looked at already, each key once. */
export async function writeProposals(
  deps: Pick<Deps, 'clock'>,
  tx: Tx,
  command: MappingCommand,
  drafts: readonly MappingDraft[],
): Promise<readonly MappingRecord[]> {
  if (drafts.length === 0) return []
  const { institution } = command.by
  await lockInstitution(tx, institution)
  const versions = new Map<string, number>()
  for (const row of await readRecords(tx, { institution, codes: drafts })) {
    versions.set(keyOf(row), Math.max(row.version, versions.get(keyOf(row)) ?? 0))
  }
  const rows = drafts.map((draft) => ({
    ...draft,
    mappingId: newId<'mapping'>(),
    institution,
    version: (versions.get(keyOf(draft)) ?? 0) + 1,
  }))
  const proposedBy = partyOf(command)
  await insertProposals(tx, rows, proposedBy, deps.clock.now())
  const ids = rows.map((row) => row.mappingId)
  await auditMappings(deps, tx, command, 'mappings.propose', ids)
  return rows.map((row) => ({ ...row, state: 'proposed', proposedBy, confirmedBy: null, retiredBy: null }))
}
