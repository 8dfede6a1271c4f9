import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import type { MappingProblem, UnmappedCode, UnmappedSighting } from './types.ts'

/** A laboratory has some thousand codes; more than this is a fault of the sender, and nothing is added any more. */
const MAX_LISTED = 10_000
const MAX_DISPLAY = 200

/** Adds what was seen to the list, each code once with how often. */
export async function noteUnmapped(db: Db, rows: readonly UnmappedSighting[], at: Date): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const byKey = Map.groupBy(rows, (row) =>
    JSON.stringify([
      row.institution,
      row.localSystem,
      row.localCode,
      row.laboratory,
      row.specimen,
      row.method,
      row.unit,
      row.problem,
    ]),
  )
  // In one order everywhere: two messages with the same codes must not lock each other out.
  const sightings = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, same]) => same)
  if (await isListFull(db, first.institution)) return
  await db
    .insertInto('mappings_unmapped')
    .values(
      sightings.flatMap((same) => {
        const [row] = same
        if (row === undefined) return []
        return {
          unmapped_id: newId(),
          institution: row.institution,
          laboratory: row.laboratory,
          local_system: row.localSystem,
          local_code: row.localCode,
          specimen: row.specimen,
          method: row.method,
          unit: row.unit,
          problem: row.problem,
          display: row.display?.slice(0, MAX_DISPLAY) ?? null,
          seen: BigInt(same.length),
          first_seen: at,
          last_seen: at,
        }
      }),
    )
    .onConflict((conflict) =>
      conflict.columns([...KEY]).doUpdateSet({
        seen: sql`mappings_unmapped.seen + excluded.seen`,
        last_seen: sql`greatest(mappings_unmapped.last_seen, excluded.last_seen)`,
        display: sql`coalesce(excluded.display, mappings_unmapped.display)`,
      }),
    )
    .execute()
}

const KEY = [
  'institution',
  'laboratory',
  'local_system',
  'local_code',
  'specimen',
  'method',
  'unit',
  'problem',
] as const

async function isListFull(db: Db, institution: string): Promise<boolean> {
  const last = await db
    .selectFrom('mappings_unmapped')
    .select('unmapped_id')
    .where('institution', '=', institution)
    .orderBy('unmapped_id')
    .offset(MAX_LISTED)
    .limit(1)
    .executeTakeFirst()
  return last !== undefined
}

/** The list of an institution, the most frequent first. */
export async function readUnmapped(db: Db, institution: string, limit: number): Promise<readonly UnmappedCode[]> {
  const rows = await db
    .selectFrom('mappings_unmapped')
    .selectAll()
    .where('institution', '=', institution)
    .orderBy('seen', 'desc')
    .orderBy('unmapped_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    institution: row.institution,
    laboratory: row.laboratory,
    localSystem: row.local_system,
    localCode: row.local_code,
    specimen: row.specimen,
    method: row.method,
    unit: row.unit,
    problem: row.problem as MappingProblem,
    display: row.display,
    seen: Number(row.seen),
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
  }))
}

/** Takes codes off the list; what is still not explained comes back with the next result. */
export async function forgetUnmapped(
  tx: Tx,
  institution: string,
  codes: readonly { readonly localSystem: string; readonly localCode: string }[],
): Promise<void> {
  const systems = codes.map((one) => one.localSystem)
  const local = codes.map((one) => one.localCode)
  await tx
    .deleteFrom('mappings_unmapped')
    .where('institution', '=', institution)
    .where(sql<boolean>`(local_system, local_code) in (select * from unnest(${systems}::text[], ${local}::text[]))`)
    .execute()
}
