import { randomUUID } from 'node:crypto'
import type { CityCode } from '../../src/codes/index.ts'
import { healthcodesPeriodics } from '../../src/healthcodes/index.ts'
import type { Role } from '../../src/http/access.ts'
import { seedIssuers } from '../../src/issuers/index.ts'
import { type PersonId, seedPeople } from '../../src/people/index.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { type TestApp, useApp } from '../support/app.ts'
import type { TestDatabase } from '../support/database.ts'

export const NOW = '2026-11-24T07:00:00.000Z'
export const CHENGDU = '510100'
export const DEYANG = '510600'
const HOUR_MS = 3_600_000

/** Who acts: a client and an officer at it. */
export interface Who {
  readonly role?: Role
  readonly city?: CityCode
  readonly client: string
  readonly officer: string
}

export const PROPOSER: Who = { client: 'cdc-cd-desk', officer: 'cd-0412' }
export const APPROVER: Who = { client: 'cdc-cd-lead', officer: 'cd-0907' }
export const SECOND: Who = { client: 'cdc-cd-board', officer: 'cd-0001' }
export const DECIDER: Who = { client: 'cdc-cd-appeals', officer: 'cd-0555' }
export const LAST: Who = { client: 'cdc-cd-review', officer: 'cd-0777' }
export const DEYANG_CDC: Who = { city: DEYANG, client: 'cdc-dy-desk', officer: 'dy-0001' }
export const DEYANG_LEAD: Who = { city: DEYANG, client: 'cdc-dy-lead', officer: 'dy-0002' }
export const ISSUER: Who = { role: 'issuer', client: 'issuer-cd', officer: 'x1' }
export const HOSPITAL: Who = { role: 'hospital', city: DEYANG, client: 'hospital-dy', officer: 'x2' }
export const OPERATOR: Who = { role: 'operator', client: 'the-operator', officer: 'op-01' }
export const OTHER_OPERATOR: Who = { role: 'operator', client: 'the-operator-2', officer: 'op-02' }

const words = { zh: '居家健康监测', en: 'Stay at home and report daily' }
export const RULES = [
  {
    reasonCode: 'confirmed-case',
    zh: '确诊病例',
    en: 'Confirmed case',
    issuerLevel: '02',
    version: 1,
    evidence: ['laboratory', 'diagnosis'],
    direct: false,
    maxHours: 336,
    whatToDo: { zh: '就近就医，佩戴口罩', en: 'Seek care, wear a mask' },
  },
  {
    reasonCode: 'close-contact',
    zh: '密切接触者',
    en: 'Close contact',
    issuerLevel: '01',
    version: 1,
    evidence: ['investigation'],
    direct: true,
    maxHours: 168,
    whatToDo: words,
  },
  {
    reasonCode: 'declared-well',
    zh: '申报无异常',
    en: 'Declared well',
    issuerLevel: '00',
    version: 1,
    evidence: ['declaration'],
    direct: true,
    maxHours: 336,
    whatToDo: { zh: '通行', en: 'Free to pass' },
  },
]

export interface Answer {
  readonly status: number
  /** Answers of many routes, as they were parsed. */
  readonly body: ReturnType<typeof JSON.parse>
}

export interface Emergency extends TestApp {
  readonly people: readonly PersonId[]
  /** An instant so many hours after the clock. */
  inHours(hours: number): string
  get(who: Who, url: string): Promise<Answer>
  post(who: Who, url: string, payload: object, key?: string): Promise<Answer>
  /** Registers and approves an order of Chengdu (or the proposer's city) that begins now. */
  activate(options?: { hours?: number; proposer?: Who; approver?: Who; change?: object }): Promise<string>
  propose(who: Who, change: object): Promise<Answer>
  /** Sets one person red, by proposer and approver. */
  turnRed(personId: string): Promise<string>
  /** Sets one person yellow, at once. */
  turnYellow(personId: string): Promise<Answer>
  code(personId: string, who?: Who): Promise<string>
  verify(code: string, who?: Who): Promise<Answer>
  tick(name: 'escalate-appeals' | 'purge-ended' | 'purge-old'): Promise<void>
}

export function useEmergency(database: TestDatabase, people = 12): Emergency {
  let ids: readonly PersonId[] = []
  const hub = useApp(database, {
    now: NOW,
    seed: async (deps) => {
      await seedIssuers(deps)
      ids = await seedPeople(deps, generatePeople('healthcodes', people))
    },
  })
  const headers = async (who: Who) =>
    await hub.token(who.role ?? 'cdc', {
      clientId: who.client,
      ...(who.role === 'operator' ? {} : { city: who.city ?? CHENGDU }),
    })
  const inHours = (hours: number): string => new Date(hub.deps.clock.now().getTime() + hours * HOUR_MS).toISOString()

  const post = async (who: Who, url: string, payload: object, key: string = randomUUID()): Promise<Answer> => {
    const reply = await hub.app.inject({
      method: 'POST',
      url,
      headers: { ...(await headers(who)), 'idempotency-key': key },
      payload,
    })
    return { status: reply.statusCode, body: reply.json() }
  }
  const expectStatus = (answer: Answer, status: number): Answer => {
    if (answer.status !== status) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`)
    return answer
  }
  const propose = async (who: Who, change: object): Promise<Answer> =>
    await post(who, '/healthcodes/changes', {
      reasonCode: 'close-contact',
      evidence: 'investigation',
      place: '510104',
      validUntil: inHours(24),
      officer: who.officer,
      ...change,
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
    get people() {
      return ids
    },
    inHours,
    post,
    propose,
    async get(who, url) {
      const reply = await hub.app.inject({ method: 'GET', url, headers: await headers(who) })
      return { status: reply.statusCode, body: reply.json() }
    },
    async activate({ hours = 72, proposer = PROPOSER, approver = APPROVER, change = {} } = {}) {
      const registered = await post(proposer, '/healthcodes/orders', {
        issuedBy: '应急指挥部（示例）',
        legalBasis: '《突发公共卫生事件应急条例》（示例）',
        area: [proposer.city ?? CHENGDU],
        from: inHours(0),
        to: inHours(hours),
        rules: RULES,
        officer: proposer.officer,
        ...change,
      })
      const { orderId } = expectStatus(registered, 201).body
      const approval = { decision: 'approve', officer: approver.officer }
      expectStatus(await post(approver, `/healthcodes/orders/${orderId}/approval`, approval), 200)
      return orderId
    },
    async turnRed(personId) {
      const proposed = await propose(PROPOSER, {
        personIds: [personId],
        reasonCode: 'confirmed-case',
        evidence: 'laboratory',
      })
      const { changeId } = expectStatus(proposed, 201).body
      const approval = { decision: 'approve', officer: APPROVER.officer }
      expectStatus(await post(APPROVER, `/healthcodes/changes/${changeId}/approval`, approval), 200)
      return changeId
    },
    async turnYellow(personId) {
      return expectStatus(await propose(PROPOSER, { personIds: [personId] }), 201)
    },
    async code(personId, who = ISSUER) {
      const made = await post(who, `/healthcodes/people/${personId}/code`, {})
      return expectStatus(made, 200).body.code
    },
    async verify(code, who = HOSPITAL) {
      return await post(who, '/healthcodes/verify', { code })
    },
    async tick(name) {
      const task = healthcodesPeriodics(hub.deps).find((one) => one.name === `healthcodes.${name}`)
      if (task === undefined) throw new Error(`no task ${name}`)
      await task.run()
      await hub.refresh()
    },
  }
}
