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
import {
  CITIES,
  type City,
  DAY,
  MONTH,
  NO_TENANT,
  type Row,
  TENANTS,
  TESTED_APART,
  type Who,
  type World,
} from '../support/tenant-table.ts'

// The table is test/support/tenant-table.ts: a new route brings its row, or its reason for having no tenant.
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

let world: World

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
    headers: {
      ...(await caller(who)),
      'idempotency-key': key ?? randomUUID(),
      prefer: 'wait=20',
      'x-purpose-of-use': 'TREAT',
    },
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
  if (claim.state !== 'settled') throw new Error(`the claim of the table was not settled: ${settled.body}`)
  const statement = { date: DAY, groups: [], details: [] }
  const compared = await send('hospital deyang', { url: '/reconciliation/statements', body: statement })
  const statementId = compared.json<{ statement_id: string }>().statement_id
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
  const number = 'C00000001'
  const carrier = await send('issuer chengdu', {
    url: '/cards/carriers',
    body: { personId, kind: 'social-security-card', number },
  })
  const { carrierId } = carrier.json<{ carrierId: string }>()
  const familyId = sandbox.personIds[index + 1] as string
  const link = { guardianId: familyId, kind: 'family', relation: 'spouse', evidenceRef: 'CD-2026-1' }
  const linked = await send('issuer chengdu', { url: `/people/${personId}/guardians`, body: link })
  const { linkId } = linked.json<{ linkId: string }>()
  const [key] = hub.live.issuerKeys.publishedKeys('510100').filter((one) => one.ymt_uses.includes('health'))
  world = {
    kid: key?.kid ?? '',
    claimId: claim.claim_id,
    setlId: claim.setlinfo.setl_id,
    statementId,
    personId,
    cardId,
    carrierId,
    familyId,
    linkId,
    hospital,
    bill,
  }
}, 60_000)

const rows = Object.entries(TENANTS).flatMap(([route, of]) => of.map((row) => ({ route, ...row })))

describe('the table of tenants', () => {
  it('or the list of routes without a tenant holds every route that is not public, and no other', () => {
    const routes = hub.app.routeEntries
      .filter(({ access }) => access !== 'public')
      .map(({ method, url }) => `${method} ${url}`)
    expect(routes.length).toBeGreaterThan(25)
    expect([...Object.keys(TENANTS), ...Object.keys(NO_TENANT), ...TESTED_APART].toSorted()).toEqual(routes.toSorted())
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
    if (shows !== undefined) expect(shows.of(reply.json<never>(), world)).toEqual(shows.is)
    // A refusal gives away nothing of the settlement or the person.
    if (status === 404) expect(reply.body).not.toMatch(new RegExp(`${world.setlId}|${world.personId}|medfee|masked`))
  })
})
