import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { newId } from '../../src/kernel/ids.ts'
import { seedPeople } from '../../src/people/index.ts'
import { seedHospitals } from '../../src/records/index.ts'
import { buildHospital, type Hospital } from '../../src/sandbox/hospital/server.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { type TestApp, useApp } from '../support/app.ts'
import type { TestDatabase } from '../support/database.ts'

export const CHENGDU = 'H51010400001'
export const DEYANG = 'H51060300001'
export const MEISHAN = 'H51140200001'
export const ZIYANG = 'H51200200001'
const CODES = [CHENGDU, DEYANG, MEISHAN, ZIYANG] as const

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  /** Read by its documented members; a wrong name fails the test. */
  readonly body: ReturnType<typeof JSON.parse>
}

export interface MessageOptions {
  readonly messageId?: string
  readonly bundleId?: string
  readonly event?: string
  readonly to?: readonly string[]
  readonly patient?: { readonly id: string; readonly idNumber?: string } | undefined
  readonly priority?: string
  readonly timestamp?: string
  readonly focus?: readonly object[]
  readonly note?: string
  readonly sender?: string
}

/** A message as a HIS would send it. Patients are synthetic. */
export function message(options: MessageOptions = {}) {
  const { patient = { id: 'p1' } } = options
  const focus = options.focus ?? [
    {
      resourceType: 'ServiceRequest',
      id: 'sr-1',
      status: 'active',
      intent: 'order',
      subject: { reference: `Patient/${patient.id}` },
      ...(options.note === undefined ? {} : { patientInstruction: options.note }),
    },
  ]
  return {
    resourceType: 'Bundle',
    id: options.bundleId ?? randomUUID(),
    type: 'message',
    timestamp: options.timestamp ?? '2026-11-24T07:00:00.000Z',
    entry: [
      {
        fullUrl: 'urn:uuid:8b0f1d0a-4f0e-4d2e-8f0a-000000000001',
        resource: {
          resourceType: 'MessageHeader',
          id: options.messageId ?? randomUUID(),
          ...(options.priority === undefined
            ? {}
            : { extension: [{ url: 'urn:yimatong:fhir:priority', valueCode: options.priority }] }),
          eventCoding: { system: 'urn:yimatong:event', code: options.event ?? 'referral' },
          ...(options.sender === undefined
            ? {}
            : { sender: { identifier: { system: 'urn:yimatong:institution', value: options.sender } } }),
          ...(options.to === undefined
            ? {}
            : { destination: options.to.map((code) => ({ endpoint: `urn:yimatong:institution:${code}` })) }),
          source: { endpoint: 'https://his.example/fhir' },
          focus: focus.map((one) => {
            const { resourceType, id } = one as { resourceType: string; id: string }
            return { reference: `${resourceType}/${id}` }
          }),
        },
      },
      ...focus.map((resource) => ({
        fullUrl: `https://his.example/fhir/${(resource as { resourceType: string }).resourceType}/${(resource as { id: string }).id}`,
        resource,
      })),
      {
        fullUrl: `https://his.example/fhir/Patient/${patient.id}`,
        resource: {
          resourceType: 'Patient',
          id: patient.id,
          ...(patient.idNumber === undefined
            ? {}
            : { identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: patient.idNumber }] }),
        },
      },
    ],
  }
}

interface Header {
  readonly id: string
  destination?: { endpoint: string }[]
  focus?: object[]
}

/** The header of a message, to change it. */
export function headerOf(sent: ReturnType<typeof message>): Header {
  const [first] = sent.entry
  if (first === undefined) throw new Error('a message has a header')
  return first.resource as unknown as Header
}

export interface Stage extends TestApp {
  readonly hospitals: Readonly<Record<string, Hospital>>
  readonly people: readonly { readonly personId: string; readonly idNumber: string }[]
  send(from: string, body: unknown, options?: { query?: string; text?: string }): Promise<Answer>
  ask(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    as: Record<string, string>,
    payload?: object,
  ): Promise<Answer>
  as(role: 'hospital' | 'operator', institution?: string): Promise<{ authorization: string }>
  /** Delivers what is due at this moment of the clock. */
  deliver(): Promise<void>
  /** `messageId` of what arrived, in the order of first receipt. */
  arrived(code: string): readonly string[]
}

/** The whole hub with four hospitals over HTTP; nothing is delivered until `deliver`. */
export function useStage(database: TestDatabase, options: { env?: Record<string, string> } = {}): Stage {
  const hospitals: Record<string, Hospital> = {}
  const people: { personId: string; idNumber: string }[] = []
  const hub = useApp(database, {
    env: { YMT_RATE_PER_MINUTE: '100000000', ...options.env },
    async seed(deps) {
      for (const code of CODES) {
        const hospital = buildHospital({ code, name: `示范医院 ${code}`, clock: deps.clock, auth: 'none' })
        await hospital.app.listen({ port: 0, host: '127.0.0.1' })
        hospitals[code] = hospital
      }
      await seedHospitals(
        deps,
        CODES.map((code) => ({
          institution: code,
          baseUrl: hospitals[code]?.baseUrl() as string,
          auth: { kind: 'none' as const },
        })),
      )
      const seeds = generatePeople('routing', 4)
      const ids = await seedPeople(deps, seeds)
      seeds.forEach((seed, index) => people.push({ personId: ids[index] as string, idNumber: seed.idNumber }))
    },
  })
  beforeAll(async () => {
    // A first figure in force that tests can replace by later ones.
    await hub.live.routing.refresh()
  })
  afterAll(async () => {
    await Promise.all(Object.values(hospitals).map((one) => one.app.close()))
  })

  const tokens = new Map<string, Promise<{ authorization: string }>>()
  const as: Stage['as'] = (role, institution) => {
    // Tokens live five minutes, and tests move the clock.
    const name = `${role} ${institution} ${Math.floor(hub.deps.clock.now().getTime() / 120_000)}`
    const token = tokens.get(name) ?? hub.token(role, institution === undefined ? {} : { institution })
    tokens.set(name, token)
    return token
  }
  const answerOf = (reply: { statusCode: number; headers: object; body: string }): Answer => ({
    status: reply.statusCode,
    headers: reply.headers as Record<string, unknown>,
    text: reply.body,
    body: reply.body === '' ? undefined : JSON.parse(reply.body),
  })
  return {
    get app() {
      return hub.app
    },
    get deps() {
      return hub.deps
    },
    get live() {
      return hub.live
    },
    token: hub.token,
    refresh: hub.refresh,
    hospitals,
    people,
    as,
    async send(from, body, { query = '', text } = {}) {
      return answerOf(
        await hub.app.inject({
          method: 'POST',
          url: `/fhir/$process-message${query}`,
          headers: { ...(await as('hospital', from)), 'content-type': 'application/fhir+json' },
          payload: text ?? JSON.stringify(body),
        }),
      )
    },
    async ask(method, url, headers, payload) {
      return answerOf(await hub.app.inject({ method, url, headers, ...(payload ? { payload } : {}) }))
    },
    async deliver() {
      await hub.live.routing.refresh()
      await hub.live.routing.courier.drainDue()
    },
    arrived: (code) => (hospitals[code] as Hospital).received().map((one) => one.messageId),
  }
}

export const freshId = (): string => newId<'test'>()
