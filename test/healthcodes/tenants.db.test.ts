import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { TESTED_APART } from '../support/tenant-table.ts'
import {
  type Answer,
  APPROVER,
  DEYANG_CDC,
  DEYANG_LEAD,
  HOSPITAL,
  ISSUER,
  OPERATOR,
  PROPOSER,
  useEmergency,
  type Who,
} from './emergency.ts'

// Chengdu and Deyang both have an order in force: what keeps them apart is the boundary, not that one sleeps.
const hub = useEmergency(useDatabase(), 4)
const DEYANG_ISSUER: Who = { role: 'issuer', city: '510600', client: 'issuer-dy', officer: 'x3' }
const DECIDES = { result: 'refused', reason: { zh: '无', en: 'none' }, officer: 'zz-1' }

const of = { order: '', change: '', waiting: '', person: '', appeal: '', issuer: '', hold: '', code: '' }

beforeAll(async () => {
  of.person = hub.people[0] ?? ''
  of.order = await hub.activate()
  await hub.activate({ proposer: DEYANG_CDC, approver: DEYANG_LEAD })
  of.change = (await hub.turnYellow(of.person)).body.changeId
  const red = { personIds: [hub.people[1]], reasonCode: 'confirmed-case', evidence: 'laboratory' }
  of.waiting = (await hub.propose(PROPOSER, red)).body.changeId
  of.code = await hub.code(of.person)
  const filed = await hub.post(ISSUER, '/healthcodes/appeals', { personId: of.person, ground: 'not-there' })
  of.appeal = filed.body.appealId
  const registered = await hub.post(PROPOSER, '/healthcodes/issuers', {
    issuer: 'urn:yimatong:510100',
    version: 2,
    name: { zh: '成都市', en: 'Chengdu' },
    region: '510100',
    keys: [],
    levels: [{ issuerLevel: '10', level: 'green' }],
    from: hub.inHours(0),
    source: '示例',
    verified: false,
    officer: PROPOSER.officer,
  })
  of.issuer = registered.body.issuerVersionId
  const hold = { orderId: of.order, reason: '取证（示例）', until: hub.inHours(24), officer: PROPOSER.officer }
  of.hold = (await hub.post(PROPOSER, '/healthcodes/holds', hold)).body.holdId
})

type Ask = (who: Who) => Promise<Answer>
const get =
  (url: () => string): Ask =>
  (who) =>
    hub.get(who, url())
const post =
  (url: () => string, body: object): Ask =>
  (who) =>
    hub.post(who, url(), body)
const approve = { decision: 'approve', officer: 'zz-9' }

/** Each route as who may and who may not, with what each gets. */
const ROWS: Readonly<Record<string, { ask: Ask; own: Who; ownStatus: number; other: Who; otherCode: string }>> = {
  'POST /healthcodes/orders/:id/approval': {
    ask: post(() => `/healthcodes/orders/${of.order}/approval`, approve),
    own: APPROVER,
    ownStatus: 409,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.order-not-found',
  },
  'POST /healthcodes/issuers/:id/approval': {
    ask: post(() => `/healthcodes/issuers/${of.issuer}/approval`, { officer: 'zz-9' }),
    own: APPROVER,
    ownStatus: 200,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.issuer-not-found',
  },
  'POST /healthcodes/issuers/:id/withdrawal': {
    ask: post(() => `/healthcodes/issuers/${of.issuer}/withdrawal`, { officer: 'zz-9' }),
    own: APPROVER,
    ownStatus: 200,
    other: OPERATOR,
    otherCode: 'healthcodes.issuer-not-found',
  },
  'GET /healthcodes/changes/:id': {
    ask: get(() => `/healthcodes/changes/${of.change}`),
    own: APPROVER,
    ownStatus: 200,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.change-not-found',
  },
  'POST /healthcodes/changes/:id/approval': {
    ask: post(() => `/healthcodes/changes/${of.waiting}/approval`, approve),
    own: APPROVER,
    ownStatus: 200,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.change-not-found',
  },
  'POST /healthcodes/people/:id/code': {
    ask: post(() => `/healthcodes/people/${of.person}/code`, {}),
    own: ISSUER,
    ownStatus: 200,
    other: DEYANG_ISSUER,
    otherCode: 'healthcodes.no-level',
  },
  'GET /healthcodes/appeals/:id': {
    ask: get(() => `/healthcodes/appeals/${of.appeal}`),
    own: ISSUER,
    ownStatus: 200,
    other: HOSPITAL,
    otherCode: 'healthcodes.appeal-not-found',
  },
  'POST /healthcodes/appeals/:id/decision': {
    ask: post(() => `/healthcodes/appeals/${of.appeal}/decision`, DECIDES),
    own: { client: 'cdc-cd-appeals', officer: 'zz-1' },
    ownStatus: 200,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.appeal-not-found',
  },
  'POST /healthcodes/appeals/:id/second': {
    ask: post(() => `/healthcodes/appeals/${of.appeal}/second`, { ground: 'other' }),
    own: ISSUER,
    ownStatus: 201,
    other: DEYANG_ISSUER,
    otherCode: 'healthcodes.appeal-not-found',
  },
  'POST /healthcodes/holds': {
    ask: (who) => {
      const hold = { orderId: of.order, reason: '取证（示例）', until: hub.inHours(24), officer: 'zz-9' }
      return hub.post(who, '/healthcodes/holds', hold)
    },
    own: APPROVER,
    ownStatus: 201,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.order-not-found',
  },
  'POST /healthcodes/holds/:id/release': {
    ask: post(() => `/healthcodes/holds/${of.hold}/release`, { officer: 'zz-9' }),
    own: APPROVER,
    ownStatus: 200,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.hold-not-found',
  },
  'GET /healthcodes/purges/preview': {
    ask: get(() => `/healthcodes/purges/preview?orderId=${of.order}`),
    own: APPROVER,
    ownStatus: 200,
    other: DEYANG_CDC,
    otherCode: 'healthcodes.order-not-found',
  },
}

/** Routes that answer each caller with its own city's part. */
const LISTS: Readonly<Record<string, { ask: Ask; count: (body: never) => number; own: number; other: number }>> = {
  'GET /healthcodes/orders': {
    ask: get(() => '/healthcodes/orders'),
    count: (body: { orders: { orderId: string }[] }) => body.orders.filter((one) => one.orderId === of.order).length,
    own: 1,
    other: 0,
  },
  'GET /healthcodes/changes': {
    ask: get(() => '/healthcodes/changes'),
    count: (body: { changes: unknown[] }) => body.changes.length,
    own: 2,
    other: 0,
  },
  'GET /healthcodes/people/:id': {
    ask: get(() => `/healthcodes/people/${of.person}`),
    count: (body: { history: unknown[] }) => body.history.length,
    own: 1,
    other: 0,
  },
  'GET /healthcodes/appeals': {
    ask: get(() => '/healthcodes/appeals?state=all'),
    count: (body: { appeals: unknown[] }) => body.appeals.length,
    own: 1,
    other: 0,
  },
  'GET /healthcodes/holds': {
    ask: get(() => '/healthcodes/holds'),
    count: (body: { holds: unknown[] }) => body.holds.length,
    own: 1,
    other: 0,
  },
}

describe('a city’s CDC', () => {
  it.each(Object.entries(LISTS))(
    '%s shows what is its own and nothing of another',
    async (_, { ask, count, own, other }) => {
      const [mine, theirs] = [await ask(APPROVER), await ask(DEYANG_CDC)]
      expect([mine.status, theirs.status]).toEqual([200, 200])
      expect([count(mine.body as never), count(theirs.body as never)]).toEqual([own, other])
    },
  )

  it.each(Object.entries(ROWS))('%s knows no stranger', async (_, { ask, own, ownStatus, other, otherCode }) => {
    const refused = await ask(other)
    expect(refused.body.code).toBe(otherCode)
    expect([404, 409]).toContain(refused.status)
    expect(JSON.stringify(refused.body)).not.toContain(of.person)
    expect((await ask(own)).status).toBe(ownStatus)
  })

  it('proposes under its own order alone', async () => {
    // A rule and a place of Chengdu are none of Deyang's.
    const proposed = await hub.propose(DEYANG_CDC, { personIds: [of.person], place: '510104' })
    expect(proposed.body.errors).toEqual([{ pointer: '/place', detail: 'is outside the area of the order' }])
  })

  it('ends its own order alone', async () => {
    const url = `/healthcodes/orders/${of.order}/end`
    expect((await hub.post(DEYANG_CDC, url, { officer: 'dy-1' })).body.code).toBe('healthcodes.order-not-found')
    expect((await hub.post(APPROVER, url, { officer: 'cd-1' })).status).toBe(200)
  })
})

describe('the routes of health codes', () => {
  it('stand all in the tables of this file, or say why they have no tenant', () => {
    const here = [
      ...Object.keys(ROWS),
      ...Object.keys(LISTS),
      'POST /healthcodes/changes',
      'POST /healthcodes/orders/:id/end',
      // Proofs: test/healthcodes/purge.db.test.ts. Readings: test/healthcodes/flow.db.test.ts.
      'GET /healthcodes/purges',
      'GET /healthcodes/verifications',
    ]
    const ofHealthCodes = TESTED_APART.filter((route) => route.includes(' /healthcodes/'))
    expect(here.toSorted()).toEqual(ofHealthCodes.toSorted())
  })
})
