import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { Role } from '../../src/http/access.ts'
import type { App } from '../../src/http/app-type.ts'
import { useFhir } from '../../src/http/fhir-part.ts'
import { createServer } from '../../src/http/server.ts'
import { openTokenKeys } from '../../src/identity/index.ts'
import { peopleFhir, peopleRoutes } from '../../src/people/index.ts'
import type { TestDatabase } from '../support/database.ts'
import { type TestDeps, testDeps } from '../support/deps.ts'
import { type TokenFor, tokenMinter } from '../support/tokens.ts'

/** Who calls: a role and what its client is of. */
export type Who = readonly [role: Role, of?: TokenFor]

export const CHENGDU: Who = ['bureau', { city: '510100' }]
export const DEYANG: Who = ['bureau', { city: '510600' }]
export const ZIYANG: Who = ['bureau', { city: '512000' }]
export const issuerOf = (city: string): Who => ['issuer', { city }]
export const hospitalOf = (institution: string): Who => ['hospital', { institution }]
export const HOSPITAL = hospitalOf('H51010499999')
export const OTHER_HOSPITAL = hospitalOf('H51060399999')

/** JSON whose shape is what the tests are about. */
export type Loose = ReturnType<typeof JSON.parse>

export interface Answer {
  readonly status: number
  readonly body: Loose
}

/** The slice alone behind real HTTP, with tokens of every role. */
export function usePeople(database: TestDatabase, now = '2026-11-24T07:00:00.000Z') {
  let parts: { app: App; deps: TestDeps; mint: ReturnType<typeof tokenMinter> } | undefined
  const stops: (() => Promise<void>)[] = []
  beforeAll(async () => {
    const deps = testDeps(database, { now })
    const tokenKeys = await openTokenKeys(deps)
    stops.push(() => tokenKeys.close())
    const app = await createServer({ ...deps, tokenKeys })
    peopleRoutes(app, deps)
    useFhir(app, deps, [peopleFhir(deps)])
    stops.push(() => app.close())
    await app.ready()
    parts = { app, deps, mint: tokenMinter(deps, tokenKeys) }
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })
  const opened = () => {
    if (parts === undefined) throw new Error('usePeople() gives its parts from beforeAll on')
    return parts
  }
  const send = async (method: 'GET' | 'POST' | 'PUT', url: string, [role, of]: Who, payload?: unknown) => {
    const headers = {
      authorization: `Bearer ${await opened().mint(role, of)}`,
      'idempotency-key': randomUUID(),
      ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload)
    const reply = await opened().app.inject({ method, url, headers, ...(payload === undefined ? {} : { body }) })
    return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() } as Answer
  }

  let serial = 0
  const passport = () => `P${String(++serial).padStart(7, '0')}`
  return {
    get deps() {
      return opened().deps
    },
    get: (url: string, who: Who) => send('GET', url, who),
    post: (url: string, payload: unknown, who: Who) => send('POST', url, who, payload),
    put: (url: string, payload: unknown, who: Who) => send('PUT', url, who, payload),
    passport,
    /** Registers somebody whom nobody resembles, under a passport of its own; fields may be given. */
    async make(change: object = {}, who: Who = issuerOf('510100')) {
      const number = passport()
      const { status, body } = await send('POST', '/people', who, {
        name: `周${'甲乙丙丁戊己庚辛壬癸'[serial % 10]}${'子丑寅卯辰巳午未申酉戌亥'[serial % 12]}`,
        sex: 'male',
        birthDate: `19${50 + (serial % 40)}-0${1 + (serial % 9)}-1${serial % 10}`,
        residenceDivision: '510104',
        identifiers: [{ type: 'passport', value: number }],
        ...change,
      })
      if (status !== 201) throw new Error(`not registered: ${status} ${JSON.stringify(body)}`)
      return { personId: body.personId as string, number }
    },
    /** Actions, results and reasons of the audit log since an event, the oldest first. */
    async auditSince(eventNo: bigint) {
      return await database.db
        .selectFrom('audit_event')
        .select(['action', 'result', 'reason_codes', 'person_ref', 'fields_touched'])
        .where('event_no', '>', eventNo)
        .orderBy('event_no')
        .execute()
    },
    async lastEvent(): Promise<bigint> {
      const row = await database.db
        .selectFrom('audit_event')
        .select((eb) => eb.fn.max('event_no').as('last'))
        .executeTakeFirst()
      return BigInt(row?.last ?? 0)
    },
  }
}
