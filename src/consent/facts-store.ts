import { sql } from 'kysely'
import type { Part } from '../kernel/part.ts'
import { THEIR_IDS } from '../people/index.ts'
import type { PersonFacts } from './types.ts'

/** The newest of an institution's own reports: more of them prove nothing more. What a person said is read whole. */
const MAX_ROWS = 50

export interface FactsRead extends PersonFacts {
  /** Number of the policy. */
  readonly changeNo: bigint
}

/**
 * Everything that one decision reads, as a part of a statement and so in one snapshot: what the person said for the purpose,
 * the institution's relations of care and emergency accesses, and the number of the policy. Three index ranges of one person.
 */
export function factsPart(of: { readonly purpose: string; readonly institution: string }): Part<FactsRead> {
  const { purpose, institution } = of
  return {
    expression: sql`select json_build_object(
      'changeNo', (select change_no from consent_revision)::text,
      'consents', (select coalesce(json_agg(json_build_object(
          'consentId', c.consent_id, 'eventNo', c.event_no, 'decision', c.decision, 'purpose', c.purpose,
          'recipients', c.recipients, 'dataClasses', c.data_classes, 'sensitiveClasses', c.sensitive_classes,
          'sources', c.sources, 'validUntilMs', floor(extract(epoch from c.valid_until) * 1000),
          'withdrawnNo', w.event_no)), '[]')
        from consent_record c left join consent_withdrawal w using (person_id, consent_id)
        where c.person_id = any(${THEIR_IDS}) and c.purpose = ${purpose}),
      'relationships', (select coalesce(json_agg(json_build_object('kind', r.kind,
          'fromMs', floor(extract(epoch from r.from_at) * 1000), 'toMs', floor(extract(epoch from r.to_at) * 1000))), '[]')
        from (select * from consent_relationship
          where person_id = any(${THEIR_IDS}) and institution = ${institution}
          order by coalesce(to_at, from_at) desc limit ${MAX_ROWS}::integer) r),
      'overrides', (select coalesce(json_agg(json_build_object('overrideId', o.override_id,
          'startedMs', floor(extract(epoch from o.started_at) * 1000),
          'expiresMs', floor(extract(epoch from o.expires_at) * 1000))), '[]')
        from (select * from consent_override
          where person_id = any(${THEIR_IDS}) and institution = ${institution}
          order by expires_at desc limit ${MAX_ROWS}::integer) o))`,
    read(value) {
      const { changeNo, ...facts } = value as PersonFacts & { readonly changeNo: string }
      return { ...facts, changeNo: BigInt(changeNo) }
    },
  }
}
