import { sql } from 'kysely'
import type { Db } from '../../kernel/db.ts'
import type { ClaimRef } from '../types.ts'

/** What a slip needs besides the trace. */
export interface SlipFacts {
  readonly institution: string
  readonly treatmentCity: string
  readonly insuredCity: string
  readonly insutype: string
  readonly medType: string
  readonly setlId: string
  readonly setlTime: Date
  readonly verified: boolean
  readonly waived: boolean
  readonly trace: string
  /** Lines of the claim as they are stored: with the codes of the items. */
  readonly lines: string
  readonly reversalId: string | null
  readonly reversedAt: Date | null
}

/** The settlement of a claim with its trace and, where there is one, its reversal. By primary keys. */
export async function readSlipFacts(db: Db, ref: ClaimRef): Promise<SlipFacts | undefined> {
  const { rows } = await sql<SlipFacts>`
    select r.institution, r.treatment_city as "treatmentCity", r.insured_city as "insuredCity", r.insutype,
      r.med_type as "medType", r.id as "setlId", r.setl_time as "setlTime", r.verified, r.waived, r.trace, c.lines,
      v.id as "reversalId", v.setl_time as "reversedAt"
    from settlement_result r
    join settlement_claim c on c.person_id = r.person_id and c.id = r.claim_id
    left join settlement_result v on v.person_id = r.person_id and v.original_id = r.id and v.kind = 'reversal'
    where r.person_id = ${ref.personId} and r.claim_id = ${ref.claimId} and r.kind = 'settlement' and r.trace is not null
  `.execute(db)
  return rows[0]
}
