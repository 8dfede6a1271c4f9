import { randomUUID } from 'node:crypto'
import type { Role } from '../../src/http/access.ts'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { type PersonId, seedGuardians, seedPeople } from '../../src/people/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { type TestApp, useApp } from '../support/app.ts'
import type { TestDatabase } from '../support/database.ts'
import type { TokenFor } from '../support/tokens.ts'

export const NOW = '2026-11-24T07:00:00.000Z'
export const ZIYANG = 'H51200299001'
export const DEYANG = 'H51060399001'

export interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: ReturnType<typeof JSON.parse>
  readonly text: string
}

export interface Desk extends TestApp {
  readonly people: readonly PersonId[]
  /** A child of ten with ADULT as its guardian. */
  readonly child: string
  post(url: string, payload: object, by?: { role?: Role; of?: TokenFor; key?: string }): Promise<Answer>
  get(url: string, by?: { role?: Role; of?: TokenFor }): Promise<Answer>
  /** Gives a consent as the app of Ziyang would, with the right notice. */
  give(change?: object): Promise<Answer>
  withdraw(personId: string, consentId: string, change?: object): Promise<Answer>
}

/** The whole API with institutions, people and a child with a guardian. */
export function useDesk(database: TestDatabase, name: string): Desk {
  const seeds = generatePeople(name, 12).map((one, at) => ({
    ...one,
    birthDate: at === 0 ? '2016-11-25' : `198${at % 10}-01-01`,
  }))
  let people: readonly PersonId[] = []
  const api = useApp(database, {
    now: NOW,
    seed: async (deps) => {
      await seedInstitutions(deps, generateInstitutions('consent'))
      people = await seedPeople(deps, seeds)
      await seedGuardians(deps, [
        { personId: people[0] ?? '', birthDate: '2016-11-25', city: '512000' },
        { personId: people[1] ?? '', birthDate: '1981-01-01', city: '512000' },
      ])
    },
  })

  const call = async (
    method: 'GET' | 'POST',
    url: string,
    payload: object | undefined,
    { role = 'issuer', of = { city: '512000' }, key = randomUUID() }: { role?: Role; of?: TokenFor; key?: string },
  ): Promise<Answer> => {
    const response = await api.app.inject({
      method,
      url,
      headers: { ...(await api.token(role, of)), ...(method === 'POST' ? { 'idempotency-key': key } : {}) },
      ...(payload === undefined ? {} : { payload }),
    })
    const { statusCode: status, headers, body: text } = response
    return { status, headers, text, body: text === '' ? undefined : JSON.parse(text) }
  }
  const post: Desk['post'] = (url, payload, by = {}) => call('POST', url, payload, by)

  return {
    token: api.token,
    refresh: api.refresh,
    get app() {
      return api.app
    },
    get deps() {
      return api.deps
    },
    get live() {
      return api.live
    },
    get people() {
      return people
    },
    get child() {
      return people[0] ?? ''
    },
    post,
    get: (url, by = {}) => call('GET', url, undefined, by),
    give(change = {}) {
      const body = {
        personId: people[2],
        decision: 'permit',
        purpose: 'TREAT',
        recipients: [ZIYANG],
        dataClasses: ['C5'],
        separate: true,
        givenBy: 'self',
        channel: 'app',
        evidenceRef: 'sign:CD-2026-000123',
        notice: 'cross-city-records',
        language: 'zh-CN',
        ...change,
      }
      const notice = api.live.consents
        .noticesOn(api.deps.clock.now())
        .find((one) => one.notice === body.notice && one.language === body.language)
      return post('/consents', { noticeVersion: notice?.version ?? 1, noticeHash: notice?.hash ?? '', ...body })
    },
    withdraw: (personId, consentId, change = {}) =>
      post(`/consents/${consentId}/withdrawal`, { personId, withdrawnBy: 'self', channel: 'app', ...change }),
  }
}
