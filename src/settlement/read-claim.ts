import type { Deps } from '../kernel/deps.ts'
import { findClaim, type Viewer } from './claim-store.ts'
import { settlementError } from './errors.ts'
import { readAftermath } from './resettle-store.ts'
import { readAnswers, readTraceText } from './result-store.ts'
import { showTrace } from './show-trace.ts'

/** A claim as it stands now, within what the viewer may see. @throws `settlement.claim-not-found` */
export async function readClaim(deps: Pick<Deps, 'db'>, claimId: string, viewer: Viewer) {
  const ref = await findClaim(deps.db, claimId, viewer)
  const [claim] = ref ? await readAnswers(deps.db, [ref], { answeredOnly: false }) : []
  if (ref === undefined || claim === undefined) throw settlementError('claim-not-found')
  return { claim, ...(await readAftermath(deps.db, ref)) }
}

/** The stored calculation of a settled claim. @throws `settlement.claim-not-found`, also while there is no settlement */
export async function readClaimTrace(deps: Pick<Deps, 'db'>, claimId: string, viewer: Viewer) {
  const ref = await findClaim(deps.db, claimId, viewer)
  const found = ref && (await readTraceText(deps.db, ref))
  if (ref === undefined || found === undefined) throw settlementError('claim-not-found')
  return { personId: ref.personId, resultId: found.resultId, trace: showTrace(found.trace) }
}
