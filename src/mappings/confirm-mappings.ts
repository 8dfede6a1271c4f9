import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { addDays } from '../kernel/time.ts'
import { auditMappings, type MappingCommand, partyOf } from './caller.ts'
import { mappingsError } from './errors.ts'
import { MAPPINGS_CHANGED } from './jobs.ts'
import { isSecondPerson, keyOf, takesOver } from './rules.ts'
import { confirmRows, endRows, lockInstitution, readRecords, retireRows } from './store.ts'
import type { MappingRecord, Party } from './types.ts'
import { forgetUnmapped } from './unmapped-store.ts'

/**
 * Confirms proposals as the second person. What held before for the same key ends the day before; a version of which no
 * day is left is retired, for it was wrong from its first day on.
 *
 * @throws `mappings.other-person-needed`, `mappings.overlaps`, `mappings.decided`, `mappings.not-found`
 */
export async function confirmMappings(
  deps: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  command: MappingCommand & { readonly ids: readonly string[] },
): Promise<readonly MappingRecord[]> {
  const by = partyOf(command)
  const { institution } = command.by
  const rows = await takeOwn(tx, institution, command.ids)
  for (const row of rows) {
    if (row.state !== 'proposed')
      throw mappingsError('decided', { detail: `Mapping ${row.mappingId} is ${row.state}.` })
    if (!isSecondPerson(by, row.proposedBy)) throw mappingsError('other-person-needed')
  }
  const held = await readRecords(tx, { institution, codes: rows, state: 'confirmed' })
  const { ended, retired } = makeRoom(rows, held)
  const at = deps.clock.now()
  await endRows(tx, ended, at)
  await retireRows(tx, retired, by, at)
  const ids = rows.map((row) => row.mappingId)
  await confirmRows(tx, ids, by, at)
  await forgetUnmapped(tx, institution, rows)
  await auditMappings(deps, tx, command, 'mappings.confirm', ids)
  await tellChange(deps, tx, command, at)
  return rows.map((row) => ({ ...row, state: 'confirmed', confirmedBy: by }))
}

/**
 * Takes mappings out of use: with a last day they keep counting for tests up to it, without one they count for none, as
 * a mapping that was wrong. One person may, as long as the codes are not mapped then, which never lets a wrong result
 * through. Where a broader one would answer instead, that is another meaning: a new version, which two persons stand for.
 *
 * @throws `mappings.broader-holds`, `mappings.decided`, `mappings.invalid`, `mappings.not-found`
 */
export async function retireMappings(
  deps: Pick<Deps, 'clock' | 'outbox'>,
  tx: Tx,
  command: MappingCommand & { readonly ids: readonly string[]; readonly lastDay: string | undefined },
): Promise<readonly MappingRecord[]> {
  const by = partyOf(command)
  const { lastDay } = command
  const rows = await takeOwn(tx, command.by.institution, command.ids)
  for (const row of rows) {
    if (row.state === 'retired') throw mappingsError('decided', { detail: `Mapping ${row.mappingId} is retired.` })
    if (lastDay === undefined) continue
    if (row.state !== 'confirmed' || lastDay < row.from || (row.to !== null && lastDay > row.to)) {
      throw mappingsError('invalid', { detail: `${lastDay} is no day on which mapping ${row.mappingId} holds.` })
    }
  }
  await refuseTakeOver(tx, rows, lastDay)
  const at = deps.clock.now()
  const ids = rows.map((row) => row.mappingId)
  if (lastDay === undefined) await retireRows(tx, ids, by, at)
  else
    await endRows(
      tx,
      ids.map((mappingId) => ({ mappingId, lastDay })),
      at,
    )
  await auditMappings(deps, tx, command, 'mappings.retire', ids)
  await tellChange(deps, tx, command, at)
  return rows.map((row) => (lastDay === undefined ? retiredNow(row, by) : { ...row, to: lastDay }))
}

async function refuseTakeOver(tx: Tx, rows: readonly MappingRecord[], lastDay: string | undefined): Promise<void> {
  const leaving = rows.filter((row) => row.state === 'confirmed')
  const [first] = leaving
  if (first === undefined) return
  const ids = new Set(rows.map((row) => row.mappingId))
  const held = await readRecords(tx, { institution: first.institution, codes: leaving, state: 'confirmed' })
  const stays = held.filter((one) => !ids.has(one.mappingId))
  for (const row of leaving) {
    const from = lastDay === undefined ? row.from : addDays(lastDay, 1)
    const shares = (one: MappingRecord) =>
      (one.to === null || one.to >= from) && (row.to === null || one.from <= row.to)
    const broader = stays.find((one) => shares(one) && takesOver(one, row))
    if (broader === undefined) continue
    throw mappingsError('broader-holds', {
      detail: `Mapping ${broader.mappingId} would answer for results of mapping ${row.mappingId}. Retire both, or confirm a new version.`,
    })
  }
}

const retiredNow = (row: MappingRecord, retiredBy: Party): MappingRecord => ({ ...row, state: 'retired', retiredBy })

async function takeOwn(tx: Tx, institution: string, ids: readonly string[]): Promise<readonly MappingRecord[]> {
  await lockInstitution(tx, institution)
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))]
  const rows = await readRecords(tx, { institution, ids: wanted })
  if (rows.length < wanted.length) throw mappingsError('not-found')
  return rows
}

interface Room {
  readonly ended: readonly { readonly mappingId: string; readonly lastDay: string }[]
  readonly retired: readonly string[]
}

/** What must end or go so that each key says one thing a day. */
function makeRoom(rows: readonly MappingRecord[], held: readonly MappingRecord[]): Room {
  const ended: { mappingId: string; lastDay: string }[] = []
  const retired: string[] = []
  const byKey = Map.groupBy(held, keyOf)
  const taken = new Set<string>()
  for (const row of rows) {
    const key = keyOf(row)
    // Two new versions of one key at once: which of them should end the other, nobody has said.
    if (taken.has(key)) throw mappingsError('overlaps', { detail: 'Two of them have the same key; confirm one.' })
    taken.add(key)
    for (const before of byKey.get(key) ?? []) {
      const apart = (before.to !== null && before.to < row.from) || (row.to !== null && row.to < before.from)
      if (apart) continue
      const reachesFurther = row.to !== null && (before.to === null || before.to > row.to)
      if (reachesFurther) {
        throw mappingsError('overlaps', {
          detail: `Mapping ${before.mappingId} holds beyond the last day of the new one.`,
        })
      }
      if (before.from < row.from) ended.push({ mappingId: before.mappingId, lastDay: addDays(row.from, -1) })
      else retired.push(before.mappingId)
    }
  }
  return { ended, retired }
}

async function tellChange(deps: Pick<Deps, 'outbox'>, tx: Tx, { by }: MappingCommand, at: Date): Promise<void> {
  const payload = { institution: by.institution, at: at.toISOString() }
  await deps.outbox.append(tx, { topic: MAPPINGS_CHANGED, payload, requestId: by.requestId })
}
