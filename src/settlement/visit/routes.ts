import { allow, type Role } from '../../http/access.ts'
import type { App, FastifyRequest } from '../../http/app-type.ts'
import { IdempotencyHeaders, readKey } from '../../http/repeat.ts'
import { isUuid } from '../../kernel/ids.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import { actorOf, institutionOf } from '../who-asks.ts'
import { addLines } from './add-lines.ts'
import { admit, cancelAdmission } from './admit.ts'
import { buyAtPharmacy, tryPharmacy } from './buy-at-pharmacy.ts'
import { compensate } from './compensate.ts'
import { cancelDischarge, discharge } from './discharge.ts'
import { noteVisit } from './note-visit.ts'
import type { VisitDeps } from './open-visit.ts'
import { paidBefore } from './paid-before.ts'
import { readSettlement } from './read-settlement.ts'
import { inHospital, readVisits } from './read-visits.ts'
import { cancelRegistration, register } from './register.ts'
import { removeLines } from './remove-lines.ts'
import * as schema from './schema.ts'
import { settleVisit } from './settle-visit.ts'
import { tryVisit } from './try-visit.ts'
import type { AddLinesInput, CompensateInput, PharmacyInput, SaidOfPatient, Sender, SettleVisitInput } from './types.ts'
import { undoSettlement } from './undo-settlement.ts'
import { type ShownDeps, verifyShown } from './verify-shown.ts'
import { fromWire, toWire } from './wire.ts'

const HOSPITAL: readonly Role[] = ['hospital']
const PHARMACY: readonly Role[] = ['pharmacy']
const BOTH: readonly Role[] = ['hospital', 'pharmacy']
const tags = ['settlement']
const SCOPE = 'settlement.visits'
const READ = 'settlement.visits-read'
/** Its own key keeps a repeat from acting twice: the visit's number, a line's serial, or the state of the visit. */
const natural = (roles: readonly Role[]) => allow(SCOPE, roles, 'natural')

const DONE = { done: true } as const
type Body = { readonly body: unknown }
type ById = { readonly params: { readonly id: string } }

/** Steps of a hospital's visit that answer only that they are done. */
const STEPS = [
  {
    path: 'registration/cancel',
    summary: 'Take a registration back (2202)',
    body: schema.CancelRegistrationBody,
    verb: cancelRegistration,
  },
  { path: 'admission/cancel', summary: 'Take an admission back (2404)', body: schema.NamedBody, verb: cancelAdmission },
  {
    path: 'notes',
    summary: 'Kind of care and diagnoses of an outpatient visit (2203)',
    body: schema.NotesBody,
    verb: noteVisit,
  },
  {
    path: 'lines/remove',
    summary: 'Take fee lines back that are not settled (2205, 2302)',
    body: schema.RemoveBody,
    verb: removeLines,
  },
  { path: 'discharge', summary: 'Discharge from hospital (2402)', body: schema.DischargeBody, verb: discharge },
  { path: 'discharge/cancel', summary: 'Take a discharge back (2405)', body: schema.NamedBody, verb: cancelDischarge },
] as const satisfies readonly {
  readonly path: string
  readonly summary: string
  readonly body: object
  verb(deps: VisitDeps, by: Sender, input: never): Promise<unknown>
}[]

/** The verbs of a visit as REST: the names of the interface, one call of a verb in each. */
export function visitRoutes(app: App, deps: VisitDeps & ShownDeps): void {
  /** A body with the visit of its address. */
  const named = <T>(request: Body & ById): T => ({ ...fromWire<object>(request.body), mdtrtId: request.params.id }) as T

  /** What was shown is verified before the verb compares it. */
  const shown = async <T extends SaidOfPatient>(by: Sender, input: T, useKey?: string): Promise<T> => {
    const { verified: _unsaid, ...said } = input
    const before = useKey === undefined || said.mdtrtCertType !== '01' ? undefined : await paidBefore(deps.db, by)
    const verified = before ?? (await verifyShown(deps, by, said, useKey))
    return { ...said, ...(verified === undefined ? {} : { verified }) } as T
  }

  app.post(
    '/settlement/visits/outpatient',
    {
      config: natural(HOSPITAL),
      schema: {
        tags,
        summary: 'Begin an outpatient visit (2201)',
        body: schema.RegisterBody,
        response: { 201: schema.Registered },
      },
    },
    async (request, reply) => {
      const by = senderOf(request)
      const visit = await register(deps, by, await shown(by, fromWire(request.body)))
      return await reply.code(201).send(toWire(visit))
    },
  )

  app.post(
    '/settlement/visits/inpatient',
    {
      // The key is the message that 2601 names; repeated, it gives the same visit.
      config: allow(SCOPE, HOSPITAL, 'key'),
      schema: {
        tags,
        summary: 'Admit to hospital (2401)',
        headers: IdempotencyHeaders,
        body: schema.AdmitBody,
        response: { 201: schema.Admitted },
      },
    },
    async (request, reply) => {
      const by = keyedSender(request)
      return await reply.code(201).send(toWire(await admit(deps, by, await shown(by, fromWire(request.body)))))
    },
  )

  for (const { path, summary, body, verb } of STEPS) {
    app.post(
      `/settlement/visits/:id/${path}`,
      {
        config: natural(HOSPITAL),
        schema: { tags, summary, params: schema.VisitParams, body, response: { 200: schema.Done } },
      },
      async (request) => {
        await verb(deps, senderOf(request), named<never>(request))
        return DONE
      },
    )
  }

  app.post(
    '/settlement/visits/:id/lines',
    {
      config: natural(HOSPITAL),
      schema: {
        tags,
        summary: 'Fee lines, split by the catalogue of the place of treatment (2204, 2301)',
        params: schema.VisitParams,
        body: schema.LinesBody,
        response: { 201: schema.Splits },
      },
    },
    async (request, reply) => {
      const result = await addLines(deps, senderOf(request), named<AddLinesInput>(request))
      return await reply.code(201).send(toWire({ result }))
    },
  )

  app.post(
    '/settlement/visits/:id/trial',
    {
      config: allow(SCOPE, HOSPITAL),
      schema: {
        tags,
        summary: 'What a visit comes to now (2206, 2303); changes nothing',
        params: schema.VisitParams,
        body: schema.SettleBody,
        response: { 200: schema.Outcome },
      },
    },
    async (request) => {
      const by = senderOf(request)
      return toWire(await tryVisit(deps, by, await shown(by, named<SettleVisitInput>(request))))
    },
  )

  app.post(
    '/settlement/visits/:id/settlements',
    {
      // The key is the message that 2601 names; repeated, it gives the same settlement.
      config: allow(SCOPE, HOSPITAL, 'key'),
      schema: {
        tags,
        summary: 'Settle a batch or a stay (2207, 2304)',
        description: '`unknown` is no failure: ask for the settlement by the key, or take it back by a compensation.',
        headers: IdempotencyHeaders,
        params: schema.VisitParams,
        body: schema.SettleBody,
        response: { 200: schema.Outcome },
      },
    },
    async (request) => {
      const by = keyedSender(request)
      return toWire(await settleVisit(deps, by, await shown(by, named<SettleVisitInput>(request), by.msgid)))
    },
  )

  app.get(
    '/settlement/visits/:id/settlements/:setl',
    {
      config: allow(READ, BOTH),
      schema: {
        tags,
        summary: 'A settlement of a visit (5203), by its id or by the key of the call',
        params: schema.UndoParams,
        querystring: schema.SettlementQuery,
        response: { 200: schema.Outcome },
      },
    },
    async (request) => {
      const { id: mdtrtId, setl } = request.params
      const setlId = messageOf(setl)
      return toWire(
        await readSettlement(deps, senderOf(request), {
          ...fromWire<{ psnNo: string }>(request.query),
          mdtrtId,
          setlId,
        }),
      )
    },
  )

  app.post(
    '/settlement/visits/:id/settlements/:setl/undo',
    {
      // A settlement is taken back once: by the state of the visit, and by the unique key of the reversal.
      config: natural(BOTH),
      schema: {
        tags,
        summary: 'Take a settlement back whole (2208, 2305, 2103)',
        params: schema.UndoParams,
        body: schema.UndoBody,
        response: { 200: schema.Outcome },
      },
    },
    async (request) => {
      const input = { ...named<object>(request), setlId: request.params.setl }
      return toWire(await undoSettlement(deps, senderOf(request), input as Parameters<typeof undoSettlement>[2]))
    },
  )

  app.post(
    '/settlement/visits/pharmacy/trial',
    {
      config: allow(SCOPE, PHARMACY),
      schema: {
        tags,
        summary: 'What a purchase comes to now (2101); changes nothing',
        body: schema.PharmacyBody,
        response: { 200: schema.Outcome },
      },
    },
    async (request) => {
      const by = senderOf(request)
      return toWire(await tryPharmacy(deps, by, await shown(by, fromWire<PharmacyInput>(request.body))))
    },
  )

  app.post(
    '/settlement/visits/pharmacy',
    {
      // The key is the message that 2601 names; repeated, it gives the same settlement.
      config: allow(SCOPE, PHARMACY, 'key'),
      schema: {
        tags,
        summary: 'Settle a purchase (2102)',
        headers: IdempotencyHeaders,
        body: schema.PharmacyBody,
        response: { 200: schema.Outcome },
      },
    },
    async (request) => {
      const by = keyedSender(request)
      return toWire(await buyAtPharmacy(deps, by, await shown(by, fromWire<PharmacyInput>(request.body), by.msgid)))
    },
  )

  app.post(
    '/settlement/visits/compensations',
    {
      // A message is compensated once; said again it changes nothing.
      config: natural(BOTH),
      schema: {
        tags,
        summary: 'Take back what a message did whose outcome is unknown (2601)',
        description: 'A message that has not come is refused when it comes. The effect shows in the settlement itself.',
        body: schema.CompensateBody,
        response: { 200: schema.Done },
      },
    },
    async (request) => {
      const input = fromWire<CompensateInput>(request.body)
      await compensate(deps, senderOf(request), { ...input, omsgid: messageOf(input.omsgid) })
      return DONE
    },
  )

  app.get(
    '/settlement/visits',
    {
      config: allow(READ, BOTH),
      schema: {
        tags,
        summary: 'Visits of a person at your institution (5201)',
        querystring: schema.FindQuery,
        response: { 200: schema.Visits },
      },
    },
    async (request) => toWire({ visits: await readVisits(deps, senderOf(request), fromWire(request.query)) }),
  )

  app.get(
    '/settlement/visits/in-hospital',
    {
      config: allow(READ, HOSPITAL),
      schema: {
        tags,
        summary: 'Who is in your hospital now (5303)',
        querystring: schema.InHospitalQuery,
        response: { 200: schema.Visits },
      },
    },
    async (request) => toWire({ visits: await inHospital(deps, senderOf(request), fromWire(request.query)) }),
  )
}

/** The sender of a call that no 2601 names: its message is the request. */
const senderOf = (request: FastifyRequest): Sender => ({
  institution: institutionOf(request.caller),
  msgid: request.id.slice(0, 30),
  actor: actorOf(request),
  requestId: request.id,
})

/** The key is the message; a UUID, as most clients choose, in the 26 letters that fit msgid. */
const messageOf = (key: string): string => (isUuid(key.toLowerCase()) ? toWireId(key.toLowerCase()) : key)

const keyedSender = (request: FastifyRequest): Sender => ({ ...senderOf(request), msgid: messageOf(readKey(request)) })
