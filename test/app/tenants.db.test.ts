import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../src/http/access.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { type DecisionRow, insertDecisions } from '../../src/recognition/store.ts'
import { type Sandbox, seedSandbox } from '../../src/sandbox/index.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

// Who sees what belongs to an institution, a city or a person. A Chengdu patient was treated and settled at the
// hospital of Deyang: Chengdu is the insured side, Deyang the side of treatment, everybody else is a stranger.

const CITIES = { chengdu: '510100', deyang: '510600', meishan: '511400', ziyang: '512000' } as const
type City = keyof typeof CITIES
/** A role and its city, as the sandbox has them; a pharmacy of Chengdu, for only there all roles differ. */
type Who = `${'hospital' | 'bureau' | 'issuer'} ${City}` | 'pharmacy' | 'operator'

const MONTH = '2026-11'
const DAY = '2026-11-24'
const dataDir = mkdtempSync(join(tmpdir(), 'ymt-tenants-'))
afterAll(() => rmSync(dataDir, { recursive: true }))

let sandbox: Sandbox
const hub = useApp(useDatabase(), {
  workers: true,
  env: { YMT_DATA_DIR: dataDir },
  seed: async (deps) => {
    sandbox = await seedSandbox(deps)
  },
})

/** What the table's addresses and bodies name. */
interface World {
  readonly claimId: string
  readonly setlId: string
  readonly personId: string
  readonly cardId: string
  readonly hospital: string
  readonly bill: object
}
let world: World

interface Row {
  readonly who: Who
  /** Address and body; a POST where there is a body. */
  readonly ask: (of: World) => { readonly url: string; readonly body?: object; readonly key?: string }
  readonly status: number
  /** What of the answer tells whose it is. */
  readonly shows?: { readonly of: (answer: never) => unknown; readonly is: unknown | ((of: World) => unknown) }
}

/** The same request by several callers: each with the status it gets. */
const each = (ask: Row['ask'], byWho: Partial<Record<Who, number>>): Row[] =>
  Object.entries(byWho).map(([who, status]) => ({ who: who as Who, ask, status }))

const claimOf = (path: string, byWho: Partial<Record<Who, number>>): Row[] =>
  each((of) => ({ url: `/settlement/claims/${of.claimId}${path}` }), byWho)

const cardsOf = (path: string, body: object, byWho: Partial<Record<Who, number>>): Row[] =>
  each((of) => ({ url: `/cards/${of.cardId}/${path}`, body }), byWho)

const strangersToTheClaim = {
  'hospital chengdu': 404,
  'hospital meishan': 404,
  pharmacy: 404,
  'bureau meishan': 404,
  'bureau ziyang': 404,
} as const
const sides = { 'hospital deyang': 200, 'bureau deyang': 200, 'bureau chengdu': 200 } as const

const totals = (who: Who, groups: number): Row => ({
  who,
  ask: () => ({ url: `/reconciliation/totals?date=${DAY}` }),
  status: 200,
  shows: { of: (answer: { groups: unknown[] }) => answer.groups.length, is: groups },
})

const positions = (who: Who, pairs: readonly string[]): Row => ({
  who,
  ask: () => ({ url: `/clearing/positions?month=${MONTH}` }),
  status: 200,
  shows: {
    of: (answer: { detail: { payer: string; payee: string }[] }) => [
      ...new Set(answer.detail.map((one) => `${one.payer} pays ${one.payee}`)),
    ],
    is: pairs,
  },
})

const figures = (who: Who, recognised: number): Row => ({
  who,
  ask: () => ({ url: `/recognition/figures?month=${MONTH}` }),
  status: 200,
  shows: { of: (answer: { recognised: number }) => answer.recognised, is: recognised },
})

/** A statement that names a settlement of the Deyang hospital: to another it is one that the centre does not have. */
const statement = (who: Who, difference: string): Row => ({
  who,
  ask: ({ setlId }) => ({
    url: '/reconciliation/statements',
    body: {
      date: DAY,
      groups: [],
      details: [
        { setl_id: setlId, medfee_sumamt: '1.00', fund_pay_sumamt: '0.00', acct_pay: '0.00', refd_setl_flag: '0' },
      ],
    },
  }),
  status: 200,
  shows: {
    of: (answer: { differences: { class: string; center?: unknown }[] }) =>
      answer.differences.map((one) => `${one.class}${one.center === undefined ? '' : ' with the centre’s amounts'}`),
    is: [difference],
  },
})

const lateInsurance = (city: City) => ({
  insuredCity: CITIES[city],
  insutype: '390',
  psnType: '15',
  from: '1990-01-01',
  to: '1990-12-31',
})
const newPerson = (city: City) => ({
  name: '张示例',
  sex: 'male',
  birthDate: '1900-01-01',
  identifiers: [{ type: 'resident-id', value: '510104190001019995' }],
  insurances: [lateInsurance(city)],
})

/** In this order: the rows that change what others read come last. */
const TENANTS: Readonly<Record<string, readonly Row[]>> = {
  'GET /settlement/claims/:id': claimOf('', { ...strangersToTheClaim, ...sides }),
  'GET /settlement/claims/:id/trace': claimOf('/trace', { ...strangersToTheClaim, ...sides }),
  'GET /settlement/claims/:id/entries': [
    ...claimOf('/entries', { 'bureau meishan': 404, 'bureau ziyang': 404 }),
    ...(['deyang', 'chengdu'] as const).map(
      (city): Row => ({
        who: `bureau ${city}`,
        ask: ({ claimId }) => ({ url: `/settlement/claims/${claimId}/entries` }),
        status: 200,
        shows: { of: (answer: { book: string }) => answer.book, is: CITIES[city] },
      }),
    ),
  ],
  'GET /reconciliation/totals': [
    totals('hospital deyang', 1),
    totals('hospital chengdu', 0),
    totals('hospital meishan', 0),
    totals('pharmacy', 0),
  ],
  'POST /reconciliation/statements': [
    statement('hospital deyang', 'AMOUNT_DIFF with the centre’s amounts'),
    statement('hospital meishan', 'PROVIDER_ONLY'),
    statement('pharmacy', 'PROVIDER_ONLY'),
  ],
  'GET /clearing/positions': [
    positions('bureau chengdu', ['510100 pays 510600']),
    positions('bureau deyang', ['510100 pays 510600']),
    positions('operator', ['510100 pays 510600']),
    positions('bureau meishan', []),
    positions('bureau ziyang', []),
  ],
  'GET /recognition/figures': [figures('hospital deyang', 1), figures('hospital meishan', 0)],
  'GET /cards/:id': each(({ cardId }) => ({ url: `/cards/${cardId}` }), {
    'issuer chengdu': 200,
    'issuer deyang': 404,
    'issuer meishan': 404,
    'issuer ziyang': 404,
    // Whoever treats the holder may: the card was shown there.
    'hospital deyang': 200,
  }),
  'POST /cards/:id/code': cardsOf('code', {}, { 'issuer deyang': 404, 'issuer ziyang': 404, 'issuer chengdu': 200 }),
  'POST /cards/:id/suspension': cardsOf(
    'suspension',
    { reason: 'lost' },
    { 'issuer deyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/:id/restoration': cardsOf(
    'restoration',
    { reason: 'error' },
    { 'issuer meishan': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards/:id/revocation': cardsOf(
    'revocation',
    { reason: 'lost' },
    { 'issuer deyang': 404, 'issuer ziyang': 404, 'issuer chengdu': 200 },
  ),
  'POST /cards': (['chengdu', 'ziyang'] as const).map(
    (city): Row => ({
      who: `issuer ${city}`,
      ask: ({ personId }) => ({ url: '/cards', body: { personId } }),
      status: 201,
      shows: { of: (answer: { issuer: string }) => answer.issuer, is: CITIES[city] },
    }),
  ),
  'POST /people': [
    ...each(() => ({ url: '/people', body: newPerson('chengdu') }), {
      'hospital deyang': 403,
      'bureau deyang': 403,
      'issuer meishan': 403,
      'bureau chengdu': 201,
    }),
  ],
  'POST /people/:id/insurances': each(
    ({ personId }) => ({ url: `/people/${personId}/insurances`, body: lateInsurance('chengdu') }),
    { 'bureau deyang': 403, 'issuer ziyang': 403, 'bureau chengdu': 201 },
  ),
  'POST /institutions/:code/suspensions': each(
    ({ hospital }) => ({
      url: `/institutions/${hospital}/suspensions`,
      body: { from: '2027-01-01', to: '2027-01-31', reason: '协议中止' },
    }),
    { 'bureau chengdu': 404, 'bureau meishan': 404, 'bureau ziyang': 404, 'bureau deyang': 201 },
  ),
  'POST /settlement/claims': [
    // The key belongs to the institution: under it others get a claim of their own, never this one's answer.
    {
      who: 'hospital deyang',
      ask: ({ bill }) => ({ url: '/settlement/claims', body: bill, key: 'the-claim' }),
      status: 201,
      shows: { of: (answer: { claim_id: string }) => answer.claim_id, is: (of: World) => of.claimId },
    },
    {
      who: 'hospital meishan',
      ask: ({ bill }) => ({ url: '/settlement/claims', body: bill, key: 'the-claim' }),
      status: 201,
      shows: {
        of: (answer: { claim_id: string }) => answer.claim_id,
        is: (of: World) => expect.not.stringMatching(of.claimId),
      },
    },
    ...each(({ bill, hospital }) => ({ url: '/settlement/claims', body: { ...bill, fixmedins_code: hospital } }), {
      'hospital meishan': 400,
      pharmacy: 400,
    }),
  ],
  'POST /settlement/claims/:id/reversal': each(
    ({ claimId }) => ({ url: `/settlement/claims/${claimId}/reversal`, body: {} }),
    { 'hospital chengdu': 404, 'hospital meishan': 404, pharmacy: 404, 'hospital deyang': 201 },
  ),
}

const OPERATOR = 'the operator’s alone, who acts for all four cities'
const PUBLIC_REGISTER = 'the register of designated institutions is the same for all'
const SHARED =
  'what one city knows of a person is what the others ask the hub for: masked, with an audit event for each'

/** Routes whose answer is nobody's own. */
const NO_TENANT: Readonly<Record<string, string>> = {
  'GET /institutions': PUBLIC_REGISTER,
  'GET /institutions/:code': PUBLIC_REGISTER,
  'GET /institutions/:code/recognition': PUBLIC_REGISTER,
  'GET /people/:id': SHARED,
  'POST /people/search': SHARED,
  'GET /fhir/DiagnosticReport': SHARED,
  'GET /fhir/Observation': SHARED,
  'POST /recognition/decisions': 'a decision on a shared result, made and counted as the token’s own institution',
  'GET /recognition/items': 'the catalogue is the same for all',
  'POST /cards/verify': 'a card is good in all four cities: whoever shows it lets it be read',
  'POST /settlement/trials': 'a calculation for the token’s own institution, of which nothing is kept',
  'GET /records/hospitals': OPERATOR,
  'PUT /records/hospitals/:code': OPERATOR,
}

const caller = (who: Who): Promise<{ authorization: string }> => {
  if (who === 'operator') return hub.token('operator')
  const [role, city] = (who === 'pharmacy' ? ['pharmacy', 'chengdu'] : who.split(' ')) as [Role, City]
  const institution = sandbox.institutions.find(
    (one) =>
      one.city === CITIES[city] &&
      (role === 'pharmacy' ? one.scenario === 'pharmacy-recognised-by-all' : one.kind === role && one.recordHolder),
  )
  return hub.token(role, { city: CITIES[city], ...(institution ? { institution: institution.code } : {}) })
}

const send = async (who: Who, { url, body, key }: ReturnType<Row['ask']>) =>
  await hub.app.inject({
    method: body === undefined ? 'GET' : 'POST',
    url,
    headers: { ...(await caller(who)), 'idempotency-key': key ?? randomUUID(), prefer: 'wait=20' },
    ...(body === undefined ? {} : { payload: body }),
  } satisfies InjectOptions)

beforeAll(async () => {
  const index = sandbox.people.findIndex((one) => one.insuredCity === CITIES.chengdu && one.insutype === '310')
  const personId = sandbox.personIds[index] as string
  const hospital = sandbox.hospitals.find((one) => one.city === CITIES.deyang)?.code as string
  const line = { feedetl_sn: '1', med_list_codg: '002101030160000', chrgitm_lv: '01', cnt: '1' }
  const bill = {
    person_id: personId,
    med_type: '11',
    medfee_sumamt: '900.00',
    lines: [{ ...line, det_item_fee_sumamt: '900.00', pric: '900.00' }],
  }
  const settled = await send('hospital deyang', { url: '/settlement/claims', body: bill, key: 'the-claim' })
  const claim = settled.json<{ claim_id: string; state: string; setlinfo: { setl_id: string } }>()
  expect([settled.statusCode, claim.state]).toEqual([201, 'settled'])
  const decision = {
    decisionId: randomUUID(),
    personId,
    institution: hospital,
    issuer: sandbox.hospitals.find((one) => one.city === CITIES.chengdu)?.code as string,
    resourceType: 'Observation',
    resourceId: 'r1',
    item: 'HBA1C',
    outcome: 'recognised',
    reasonCode: null,
    countable: true,
    eCodes: [],
    inputs: {},
    detailEncrypted: null,
    dueAt: null,
    decidedBy: 'hospital-deyang',
    decidedAt: hub.deps.clock.now(),
    decidedMonth: MONTH,
  } satisfies DecisionRow
  await inTx(hub.deps.db, (tx) => insertDecisions(tx, [decision]))
  const cardId = sandbox.cards.find((one) => one.personId === personId)?.cardId as string
  world = { claimId: claim.claim_id, setlId: claim.setlinfo.setl_id, personId, cardId, hospital, bill }
}, 60_000)

const rows = Object.entries(TENANTS).flatMap(([route, of]) => of.map((row) => ({ route, ...row })))

describe('the table of tenants', () => {
  it('or the list of routes without a tenant holds every route that is not public, and no other', () => {
    const routes = hub.app.routeEntries
      .filter(({ access }) => access !== 'public')
      .map(({ method, url }) => `${method} ${url}`)
    expect(routes.length).toBeGreaterThan(25)
    expect([...Object.keys(TENANTS), ...Object.keys(NO_TENANT)].toSorted()).toEqual(routes.toSorted())
  })

  it('has an owner and a stranger for every route', () => {
    for (const [route, of] of Object.entries(TENANTS)) {
      const outcomes = new Set(of.map((row) => `${row.status} ${JSON.stringify(row.shows?.is)}`))
      expect(outcomes.size, route).toBeGreaterThan(1)
    }
  })
})

describe('across the boundary of a tenant', () => {
  it.each(rows)('$route answers $who with $status', async ({ route, who, ask, status, shows }) => {
    const asked = ask(world)
    const reply = await send(who, asked)
    const path = asked.url.split('?')[0] as string
    expect(path).toMatch(new RegExp(`^${(route.split(' ')[1] as string).replace(/:\w+/g, '[^/]+')}$`))
    expect(reply.statusCode, reply.body).toBe(status)
    if (shows !== undefined) {
      const wanted = typeof shows.is === 'function' ? (shows.is(world) as unknown) : shows.is
      expect(shows.of(reply.json() as never)).toEqual(wanted)
    }
    // A refusal gives away nothing of the settlement or the person.
    if (status === 404) expect(reply.body).not.toMatch(new RegExp(`${world.setlId}|${world.personId}|medfee|masked`))
  })
})
