import { listPersonAudit } from '../audit/index.ts'
import { type CityCode, isCityCode } from '../codes/index.ts'
import type { Db } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Answers, Parts } from '../kernel/part.ts'
import { readOfPerson } from '../people/index.ts'
import { cityOfInstitution } from './caller.ts'
import { type FactsRead, factsPart } from './facts-store.ts'
import { decide } from './rules.ts'
import type { Consents } from './state.ts'
import type { AccessDecision, AccessRequest, PolicyInForce } from './types.ts'

/** Emergency orders in force, as the slice of health codes holds them in memory. */
export interface EmergencyOrders {
  activeOrder(city: CityCode | undefined, nowMs: number): { readonly orderId: string } | undefined
}

export interface DecideDeps extends Pick<Deps, 'db' | 'clock'> {
  readonly consents: Consents
  /** Left out: no emergency order counts. */
  readonly healthCodes?: EmergencyOrders | undefined
}

const HOUR_MS = 3_600_000

/**
 * Decides whether a reader may see data of a person now. One statement reads what the person said under any id; nothing of
 * it is kept, so that a withdrawal counts for the next question in every process. Where it cannot be read this throws, and
 * the caller shows nothing. Who asked and what came out is the caller's to audit: `reasonCodes`, `consentId` and `orderId`
 * go there. `parts` are read in the same statement, before anything is decided: a refused reader must not see them.
 */
export async function decideAccessBeside<P extends Parts>(
  deps: DecideDeps,
  request: AccessRequest,
  parts: P,
): Promise<{ readonly decision: AccessDecision; readonly beside: Answers<P> }> {
  const { personId, by, purpose } = request
  const facts = factsPart({ purpose, institution: by.institution })
  const { answers, personIds } = await readOfPerson(deps.db, personId, { ...parts, [FACTS]: facts })
  const decision = await decideFrom(deps, request, answers[FACTS] as FactsRead, personIds)
  return { decision, beside: answers as Answers<P> }
}

/** The decision alone. */
export async function decideAccess(deps: DecideDeps, request: AccessRequest): Promise<AccessDecision> {
  return (await decideAccessBeside(deps, request, {})).decision
}

/** No part of a caller's is called so. */
const FACTS = 'consent facts'

async function decideFrom(
  deps: DecideDeps,
  request: AccessRequest,
  facts: FactsRead,
  personIds: readonly string[],
): Promise<AccessDecision> {
  const { by, purpose, resourceTypes } = request
  const now = deps.clock.now()
  // Policy that was committed meanwhile counts as well: its number came with the facts.
  if (facts.changeNo !== deps.consents.changeNo()) await deps.consents.refresh()
  // An institution lies where its code says, whatever its client was registered with.
  const city = cityOfInstitution(by.institution) ?? by.city
  const question = { institution: by.institution, city, role: by.role, purpose, resourceTypes }
  const policy = withOrders(deps, deps.consents.policyFor(purpose, now), city, now)
  const decision = decide(question, facts, policy, now.getTime())
  if (decision.allow || decision.reasonCodes[0] !== 'relationship-missing') return decision
  // Strict policy, and the institution reported nothing: the patient may have shown a card there a moment ago.
  const shown = await cardShownAt(
    deps.db,
    { personIds, institution: by.institution },
    new Date(now.getTime() - deps.consents.figure('card-shown-hours', now) * HOUR_MS),
  )
  if (!shown) return decision
  const relationships = [{ kind: 'visit' as const, fromMs: now.getTime(), toMs: null }]
  const again = decide(question, { ...facts, relationships }, policy, now.getTime())
  return {
    ...again,
    reasonCodes: again.reasonCodes.map((one) => (one === 'relationship-reported' ? 'relationship-card-shown' : one)),
  }
}

/** Grounds of an emergency count while their order is in force, and not a moment longer. */
function withOrders(deps: DecideDeps, policy: PolicyInForce, city: string | undefined, now: Date): PolicyInForce {
  if (policy.purpose?.rule !== 'legal-ground') return policy
  const order = city !== undefined && isCityCode(city) ? deps.healthCodes?.activeOrder(city, now.getTime()) : undefined
  return {
    ...policy,
    grounds: policy.grounds.filter((one) => one.orderId === null || one.orderId === order?.orderId),
  }
}

/** Entries of the person's log that are looked through: a card that was shown lies near its top. */
const LOOK_BACK = 100

async function cardShownAt(
  db: Db,
  of: { readonly personIds: readonly string[]; readonly institution: string },
  from: Date,
): Promise<boolean> {
  const pages = await Promise.all(
    of.personIds.map((personRef) => listPersonAudit(db, { personRef, from, limit: LOOK_BACK })),
  )
  return pages
    .flat()
    .some(
      ({ record }) =>
        record.actorOrg === of.institution && record.action === 'cards.verify' && record.result === 'allowed',
    )
}
