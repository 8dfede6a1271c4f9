import { sql } from 'kysely'
import { type Db, PREPARED } from '../kernel/db.ts'
import { plainArray } from '../kernel/pg-array.ts'
import type { ClaimRef } from './types.ts'

export type ClaimState = 'pending' | 'settled' | 'refused'

/** What is known of a claim: it is settled by its result, refused by its refusal, and pending until one of them is there. */
const STATE = sql<ClaimState>`case when r.id is not null then 'settled' when f.claim_id is not null then 'refused' else 'pending' end`

/** How far claims are; one that does not exist is not in the map. */
export async function claimStates(db: Db, refs: readonly ClaimRef[]): Promise<ReadonlyMap<string, ClaimState>> {
  const { rows } = await sql<{ id: string; state: ClaimState }>`${PREPARED}
    select c.id, ${STATE} as state
    from unnest(${plainArray(refs.map((ref) => ref.claimId))}::uuid[], ${plainArray(refs.map((ref) => ref.personId))}::uuid[])
      as k (id, person_id)
    join settlement_claim c on c.id = k.id and c.person_id = k.person_id
    left join settlement_result r on r.claim_id = c.id and r.person_id = c.person_id and r.kind = 'settlement'
    left join settlement_refusal f on f.claim_id = c.id and f.person_id = c.person_id
  `.execute(db)
  return new Map(rows.map((row) => [row.id, row.state]))
}

/** Who asks: an institution sees its own claims, a bureau those where its city is the insured or the treating side. */
export type Viewer = { readonly institution: string } | { readonly city: string } | 'all'

/** Finds a claim by its id within what the viewer may see; the boundary is part of the query. */
export async function findClaim(
  db: Db,
  claimId: string,
  viewer: Viewer,
): Promise<(ClaimRef & { readonly state: ClaimState; readonly institution: string }) | undefined> {
  const side =
    viewer === 'all'
      ? sql`true`
      : 'institution' in viewer
        ? sql`c.institution = ${viewer.institution}`
        : sql`(c.treatment_city = ${viewer.city} or coalesce(r.insured_city, f.insured_city) = ${viewer.city})`
  const { rows } = await sql<ClaimRef & { state: ClaimState; institution: string }>`
    select c.person_id as "personId", c.id as "claimId", ${STATE} as state, c.institution
    from settlement_claim c
    left join settlement_result r on r.claim_id = c.id and r.person_id = c.person_id and r.kind = 'settlement'
    left join settlement_refusal f on f.claim_id = c.id and f.person_id = c.person_id
    where c.id = ${claimId} and ${side}
  `.execute(db)
  return rows[0]
}
