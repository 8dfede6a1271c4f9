import { appendAudit } from '../audit/index.ts'
import { allow, type Role } from '../http/access.ts'
import type { App, FastifyRequest } from '../http/app-type.ts'
import { IdempotencyHeaders, readKey, requestHash } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { formatFen } from '../kernel/money.ts'
import { inTx } from '../kernel/tx.ts'
import type { SentBill } from './check-sent-bill.ts'
import { claimEvent } from './claim-event.ts'
import { type IdentifyDeps, identify, type Shown } from './identify.ts'
import type { Settlement } from './open-settlement.ts'
import { readClaim, readClaimTrace } from './read-claim.ts'
import { readClaimEntries } from './read-entries.ts'
import { readAnswers } from './result-store.ts'
import { reverseSettlement } from './reverse-settlement.ts'
import * as schema from './schema.ts'
import type { Keyed } from './submit-claim.ts'
import { tellFamily } from './tell-family.ts'
import { actorOf, claimIdOf, institutionOf, viewerOf } from './who-asks.ts'
import { readBill, showClaim, showReversal, showTrial } from './wire.ts'

const SETTLING: readonly Role[] = ['hospital', 'pharmacy']
const READING: readonly Role[] = ['hospital', 'pharmacy', 'bureau']
const tags = ['settlement']

export type SettlementRouteDeps = Pick<Deps, 'db' | 'clock' | 'outbox' | 'config' | 'keyring'> &
  Omit<IdentifyDeps, 'findGroups'> & { readonly settlement: Settlement }

export function settlementRoutes(app: App, deps: SettlementRouteDeps): void {
  const { settlement } = deps
  const verbs = { db: deps.db, clock: deps.clock, outbox: deps.outbox, ...settlement }

  app.post(
    '/settlement/trials',
    {
      config: allow('settlement.write', SETTLING),
      schema: {
        tags,
        summary: 'Pre-settlement: what a bill comes to now (2206); changes nothing',
        body: schema.BillBody,
        response: { 200: schema.TrialBody },
      },
    },
    async (request) => {
      const sent = await shownTo(deps, request, readBill(request.body), undefined)
      const trial = await settlement.tryDesk.try(
        institutionOf(request.caller),
        sent,
        eventOf(request, { action: 'settlement.try', personId: sent.personId }),
      )
      return trial.state === 'refused'
        ? { state: trial.state, reasons: trial.reasons as never }
        : {
            state: trial.state,
            reasons: [],
            setlinfo: showTrial(trial.insurance, trial.bill.treatmentCity, trial.settled) as never,
          }
    },
  )

  app.post(
    '/settlement/claims',
    {
      // The key is settlement_key, with the claim: the answer comes later, from a worker.
      config: allow('settlement.write', SETTLING, 'key'),
      schema: {
        tags,
        summary: 'Settle a bill (2207)',
        description:
          'Answers 201 with the verdict, or 202 with a Location when it takes longer than `Prefer: wait=SECONDS` (RFC 7240). The same key and body give the same answer again.',
        headers: IdempotencyHeaders,
        body: schema.BillBody,
        response: { 200: schema.ClaimBody, 201: schema.ClaimBody, 202: schema.ClaimBody },
      },
    },
    async (request, reply) => {
      const keyed = keyedOf(request)
      const sent = await shownTo(deps, request, readBill(request.body), keyed.key)
      const ref = await settlement.desk.submit(keyed, sent)
      const wait = waitMs(request, deps.config.settlementWaitMs)
      reply.header('location', `/settlement/claims/${ref.claimId}`)
      if (ref.replayed) reply.header('idempotency-replayed', 'true')
      if (wait.asked) reply.header('preference-applied', `wait=${Math.floor(wait.ms / 1000)}`)
      const look = async () => (await readAnswers(deps.db, [ref], { answeredOnly: true }))[0]
      // A repeat has its answer already, as a rule. The last look is also the only one of a caller who does not wait: a
      // settled claim is never called pending.
      const claim =
        (ref.replayed ? await look() : undefined) ?? (await settlement.waiters.wait(ref, wait.ms)) ?? (await look())
      if (claim !== undefined) return await reply.code(201).send(showClaim(claim) as never)
      const pending = { claim_id: ref.claimId, person_id: ref.personId, state: 'pending' as const, reasons: [] }
      return await reply.code(202).header('retry-after', '1').send(pending)
    },
  )

  app.get(
    '/settlement/claims/:id',
    {
      config: allow('settlement.read', READING),
      schema: {
        tags,
        summary: 'A claim with its verdict and what happened since',
        params: schema.ClaimParams,
        response: { 200: schema.ClaimNowBody },
      },
    },
    async (request) => {
      const { claim, reversal, resettle } = await readClaim(deps, claimIdOf(request), viewerOf(request.caller))
      await audit(deps, request, { action: 'settlement.read', personId: claim.personId, claimId: claim.claimId })
      return {
        ...showClaim(claim),
        ...(reversal ? { reversal: { setl_id: reversal.id, setl_time: reversal.at.toISOString() } } : {}),
        ...(resettle
          ? {
              needs_resettle: {
                overpaid_amt: formatFen(resettle.overpaid),
                because_of: resettle.becauseOf,
                flagged_at: resettle.at.toISOString(),
              },
            }
          : {}),
      } as never
    },
  )

  app.get(
    '/settlement/claims/:id/trace',
    {
      config: allow('settlement.read', READING),
      schema: {
        tags,
        summary: 'How the amounts came about, replayable',
        params: schema.ClaimParams,
        response: { 200: schema.TraceBody },
      },
    },
    async (request) => {
      const { personId, resultId, trace } = await readClaimTrace(deps, claimIdOf(request), viewerOf(request.caller))
      await audit(deps, request, { action: 'settlement.read-trace', personId, claimId: claimIdOf(request) })
      return { setl_id: resultId, trace }
    },
  )

  app.get(
    '/settlement/claims/:id/entries',
    {
      config: allow('settlement.read', ['bureau']),
      schema: {
        tags,
        summary: 'How a claim is booked in the own city: settlement and reversal',
        description: 'A bureau sees its own city’s book, which balances by itself.',
        params: schema.ClaimParams,
        response: { 200: schema.EntriesBody },
      },
    },
    async (request) => {
      const book = request.caller.city ?? ''
      const { personId, journals } = await readClaimEntries(deps, claimIdOf(request), book)
      await audit(deps, request, { action: 'settlement.read-entries', personId, claimId: claimIdOf(request) })
      return {
        book,
        journals: journals.map(({ id, kind, month, entries }) => ({
          setl_id: id,
          kind,
          window: month,
          entries: entries.map((one) => ({ account: one.account, amount: formatFen(one.amount) })),
        })),
      }
    },
  )

  app.post(
    '/settlement/claims/:id/reversal',
    {
      // The key is settlement_key; the original's own unique key keeps a second reversal out under any key.
      config: allow('settlement.write', SETTLING, 'key'),
      schema: {
        tags,
        summary: 'Take a settlement back whole (2208, 2103)',
        headers: IdempotencyHeaders,
        params: schema.ClaimParams,
        response: { 201: schema.ReversalBody },
      },
    },
    async (request, reply) => {
      const { reversal, replayed } = await reverseSettlement(verbs, keyedOf(request), claimIdOf(request))
      if (replayed) reply.header('idempotency-replayed', 'true')
      return await reply.code(201).send(showReversal(reversal) as never)
    },
  )

  app.post(
    '/settlement/family-accounts',
    {
      config: allow('settlement.family', ['bureau'], 'natural'),
      schema: {
        tags,
        summary: 'Who may use whose personal account (个人账户共济), told by the city that insures the holder',
        description: 'Told again with another `to_date`, it ends then.',
        body: schema.FamilyBody,
        response: { 200: schema.FamilyBody },
      },
    },
    async (request) => {
      const { body } = request
      await inTx(deps.db, async (tx) => {
        await tellFamily(deps, tx, {
          memberId: body.member_id.toLowerCase(),
          holderId: body.holder_id.toLowerCase(),
          from: body.from_date,
          to: body.to_date ?? null,
          by: actorOf(request),
          city: request.caller.city ?? '',
          requestId: request.id,
        })
      })
      return body
    },
  )
}

/** Adds what the verifier says of the card or code that was shown with a bill. */
async function shownTo(
  deps: SettlementRouteDeps,
  request: FastifyRequest & { readonly body: { readonly shown?: Shown } },
  sent: SentBill,
  useKey: string | undefined,
): Promise<SentBill> {
  const { shown } = request.body
  if (shown === undefined) return sent
  const by = { ...actorOf(request), clientId: request.caller.clientId, institution: institutionOf(request.caller) }
  const verifier = { ...deps, findGroups: deps.settlement.findGroups }
  const known = await identify(verifier, shown, { by, personId: sent.personId, requestId: request.id, useKey })
  return { ...sent, ...known }
}

const keyedOf = (request: FastifyRequest): Keyed => ({
  institution: institutionOf(request.caller),
  key: readKey(request),
  requestHash: requestHash(request),
  by: actorOf(request),
  requestId: request.id,
})

/** `Prefer: wait=N` in seconds (RFC 7240 §4.3), never longer than the service allows. */
function waitMs(request: FastifyRequest, most: number): { readonly ms: number; readonly asked: boolean } {
  const prefer = request.headers['prefer']
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?/i.exec(
    Array.isArray(prefer) ? prefer.join(',') : (prefer ?? ''),
  )?.[1]
  return seconds === undefined
    ? { ms: most, asked: false }
    : { ms: Math.min(most, Number(seconds) * 1000), asked: true }
}

interface Done {
  readonly action: string
  readonly personId: string
  readonly claimId?: string
}

const eventOf = (request: FastifyRequest, what: Done) =>
  claimEvent(actorOf(request), { ...what, requestId: request.id })

async function audit(deps: Pick<Deps, 'db' | 'clock'>, request: FastifyRequest, what: Done): Promise<void> {
  await appendAudit(deps.db, eventOf(request, what), deps.clock)
}
