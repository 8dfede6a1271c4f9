import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import { type Answers, type Part, type Parts, readParts } from '../kernel/part.ts'
import { groupOf } from './group-store.ts'
import type { PersonId } from './types.ts'

/** Inside a part: every id of the person who is read of. `person_id = any(${THEIR_IDS})` goes by the index. */
export const THEIR_IDS: RawBuilder<readonly string[]> = sql`(select ids from person)::uuid[]`

/** Every id of a person, the surviving one first, and whatever else is asked of that person, in one statement. */
export async function readOfPerson<P extends Parts>(
  db: Db,
  personId: string,
  parts: P,
): Promise<{ readonly personIds: readonly PersonId[]; readonly answers: Answers<P> }> {
  let personIds: readonly PersonId[] = []
  const ids: Part<void> = {
    expression: sql`select to_json(ids) from person`,
    read(value) {
      personIds = value as readonly PersonId[]
    },
  }
  const before = sql`with person as materialized (select ${groupOf(personId)} as ids)`
  const answers = await readParts(db, before, { ...parts, 'ids of the person': ids })
  return { personIds, answers: answers as Answers<P> }
}
