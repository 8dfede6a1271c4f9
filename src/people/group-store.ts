import { type RawBuilder, sql } from 'kysely'

/**
 * Every id of a person as an expression, for a statement that reads more of the person: `uuid[]`, in the order of `readGroup`,
 * the surviving one first.
 */
export function groupOf(personId: string): RawBuilder<readonly string[]> {
  return sql`(
    select array[own.id] || array(select m.person_id from people_merged m where m.survivor_id = own.id order by m.person_id)
    from (select coalesce((select s.survivor_id from people_merged s where s.person_id = ${personId}::uuid), ${personId}::uuid) as id) own)`
}
