import { sql } from 'kysely'
import type { Db } from '../kernel/db.ts'
import type { ConsentFact, OverrideFact, PersonFacts, RelationshipFact } from './types.ts'

/** The newest of an institution's own reports: more of them prove nothing more. What a person said is read whole. */
const MAX_ROWS = 50

/**
 * Everything that one decision reads, in one statement and so in one snapshot: what the person said for the purpose, the
 * institution's relations of care and emergency accesses, and the number of the policy. Three index ranges of one person.
 */
export async function readFacts(
  db: Db,
  of: { readonly personIds: readonly string[]; readonly purpose: string; readonly institution: string },
): Promise<PersonFacts & { readonly changeNo: bigint }> {
  const { personIds, purpose, institution } = of
  const { rows } = await sql<{
    changeNo: bigint
    consents: ConsentFact[]
    relationships: RelationshipFact[]
    overrides: OverrideFact[]
  }>`
    select
      (select change_no from consent_revision) as "changeNo",
      (select coalesce(jsonb_agg(jsonb_build_object(
          'consentId', c.consent_id, 'eventNo', c.event_no, 'decision', c.decision, 'purpose', c.purpose,
          'recipients', c.recipients, 'dataClasses', c.data_classes, 'sensitiveClasses', c.sensitive_classes,
          'sources', c.sources, 'validUntilMs', floor(extract(epoch from c.valid_until) * 1000),
          'withdrawnNo', w.event_no)), '[]')
        from consent_record c left join consent_withdrawal w using (person_id, consent_id)
        where c.person_id = any(${personIds}::uuid[]) and c.purpose = ${purpose}) as consents,
      (select coalesce(jsonb_agg(jsonb_build_object('kind', r.kind,
          'fromMs', floor(extract(epoch from r.from_at) * 1000), 'toMs', floor(extract(epoch from r.to_at) * 1000))), '[]')
        from (select * from consent_relationship
          where person_id = any(${personIds}::uuid[]) and institution = ${institution}
          order by coalesce(to_at, from_at) desc limit ${MAX_ROWS}) r) as relationships,
      (select coalesce(jsonb_agg(jsonb_build_object('overrideId', o.override_id,
          'startedMs', floor(extract(epoch from o.started_at) * 1000),
          'expiresMs', floor(extract(epoch from o.expires_at) * 1000))), '[]')
        from (select * from consent_override
          where person_id = any(${personIds}::uuid[]) and institution = ${institution}
          order by expires_at desc limit ${MAX_ROWS}) o) as overrides`.execute(db)
  const [row] = rows
  // A statement without "from" has one row; without it nothing may be decided.
  if (row === undefined) throw new Error('the facts of a decision came back without a row')
  return row
}
