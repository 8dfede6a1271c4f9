import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { seedPeople } from '../../src/people/index.ts'
import { noteHoldings, registerHospital } from '../../src/records/index.ts'
import type { Resource } from '../../src/sandbox/hospital/types.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { CODES } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'
import { useDesk } from './desk.ts'

interface Line {
  asked: { code: string }
  panel: string | null
  item: { code: string } | null
  verdict: string
  hits: { code: string }[]
  found: {
    verdict: string
    hits: { code: string }[]
    issuer: { code: string; name: string }
    result: { institution: string; type: string; id: string }
    report: { reference: string; url: string }
    testedOn: string
    validUntil: string
    valueAvailable: boolean
    mark: { label: string } | null
    suggestion: string
    decision: { outcome: string } | null
  }[]
  price: string | null
  savedAmount: string | null
}
interface Order {
  items: Line[]
  complete: boolean
  validResults: number
  sources: { institution: string; state: string }[]
  elapsedMs: number
}

const { hub, ask, decide, report, seeded } = useDesk(useDatabase(), { YMT_RECOGNITION_DEADLINE_MS: '1500' })
/** Asked by the hospital of Ziyang. */
const institution = CODES[3]

async function check(items: readonly object[], changes: object = {}) {
  const response = await ask('POST', '/recognition/check-order', {
    institution,
    body: { personId: hub.people[0]?.personId, items, visit: { kind: 'outpatient' }, ...changes },
  })
  return { status: response.statusCode, text: response.body, order: response.json<Order>() }
}
const verdicts = (order: Order) =>
  Object.fromEntries(order.items.map((one) => [one.item?.code ?? one.asked.code, one.verdict]))
const store = (index: number) => {
  const peer = hub.peers[index]
  if (peer === undefined) throw new Error('no hospital')
  return peer.store
}
const rowsOf = (index: number, type: string) => [...store(index).rowsOf(type)].map((row) => row.resource)
/** Hospitals other than the first have nothing of this person. */
const onlyFirstKnows = () => {
  for (const index of [1, 2]) store(index).remove('Patient', 'p000001')
}

beforeAll(seeded)
afterEach(() => {
  for (const one of hub.peers) one.setFault({ kind: 'none' })
  hub.deps.clock.advance(15_000)
})

describe('the reminder before an order', () => {
  it('tells of each item which valid result exists elsewhere, until when, and what it saves', async () => {
    const { status, order } = await check([{ code: 'HBA1C' }, { code: 'GLU' }])
    expect(status).toBe(200)
    expect(verdicts(order)).toEqual({ HBA1C: 'valid-result', GLU: 'valid-result' })
    expect(order).toMatchObject({ complete: true, validResults: 2 })
    const [best] = order.items[0]?.found ?? []
    expect(best).toMatchObject({
      verdict: 'eligible',
      hits: [],
      valueAvailable: true,
      mark: { label: '川渝HR' },
      suggestion: 'recognise',
      result: { type: 'Observation' },
      decision: null,
    })
    expect(CODES).toContain(best?.issuer.code)
    expect(best?.issuer.code).not.toBe(institution)
    expect(best?.issuer.name).toContain('示范医院')
    expect(best?.testedOn && best.validUntil > best.testedOn).toBe(true)
    expect(order.items[0]).toMatchObject({ price: '8.00', savedAmount: '8.00' })
  })

  it('links a report that the hub reads', async () => {
    const { order } = await check([{ code: 'HBA1C' }])
    const url = new URL(order.items[0]?.found[0]?.report.url ?? '')
    const response = await ask('GET', url.pathname, { institution })
    expect(response.statusCode).toBe(200)
    expect(response.json()).toMatchObject({ resourceType: 'DiagnosticReport', status: 'final' })
  })

  it('names results that a decision takes as they are, by the id of their hospital or of the hub', async () => {
    const { order } = await check([{ code: 'HBA1C' }])
    const best = order.items[0]?.found[0]
    const body = { personId: hub.people[0]?.personId, result: best?.result, visit: { kind: 'outpatient' } }
    const taken = await decide(body, { institution })
    expect(taken.body.decisions).toMatchObject([{ outcome: 'recognised', savedAmount: '8.00' }])
    const hubId = new URL(best?.report.url ?? '').pathname.split('/').at(-1)
    const named = await decide(
      { ...body, result: { institution: best?.issuer.code, type: 'DiagnosticReport', id: hubId } },
      { institution },
    )
    expect(named.body.decisions[0]?.outcome).toBe('recognised')
    const again = await check([{ code: 'HBA1C' }])
    expect(again.order.items[0]?.found[0]?.decision).toMatchObject({ outcome: 'recognised' })
  })

  it('takes a panel apart and answers for each member', async () => {
    const { order } = await check([{ code: 'XCG' }])
    expect(order.items.map((one) => [one.panel, one.item?.code])).toEqual([
      ['XCG', 'WBC'],
      ['XCG', 'RBC'],
      ['XCG', 'HGB'],
      ['XCG', 'PLT'],
    ])
  })

  it('says of a result that does not count every reason, and of an unknown code that it is none', async () => {
    const { order } = await check([{ code: 'TC' }, { code: 'ALT' }, { code: 'CT-CHEST' }, { code: 'NOTHING' }])
    expect(verdicts(order)).toEqual({
      TC: 'no-valid-result',
      ALT: 'no-valid-result',
      'CT-CHEST': 'none',
      NOTHING: 'unknown-item',
    })
    expect(order.items[0]?.found[0]?.hits.map((one) => one.code)).toContain('E06')
  })

  it('shows nothing of somebody else, and of an unknown person nothing at all', async () => {
    const other = await check([{ code: 'HBA1C' }], { personId: hub.people[1]?.personId })
    const mine = await check([{ code: 'HBA1C' }])
    const ids = (order: Order) => order.items.flatMap((one) => one.found.map((found) => found.result.id))
    expect(ids(other.order).every((id) => !ids(mine.order).includes(id))).toBe(true)
    const unknown = await check([{ code: 'HBA1C' }], { personId: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f' })
    expect(unknown.status).toBe(404)
  })

  it('knows the visit: an appraisal is offered nothing, a rescue is not held up', async () => {
    const appraisal = await check([{ code: 'HBA1C' }], { visit: { kind: 'appraisal' } })
    expect(appraisal.order.items[0]?.found[0]?.suggestion).toBe('not-offered')
    const rescue = await check([{ code: 'HBA1C' }], { visit: { kind: 'emergency', rescue: true } })
    expect(rescue.order.items[0]?.found[0]?.suggestion).toBe('no-block')
  })

  it('asks each hospital once, whatever the number of items', async () => {
    const searches = () =>
      hub.peers.map(
        (one) =>
          one.seen.filter((line) => /POST .*DiagnosticReport\/_search|GET .*DiagnosticReport\?/.test(line)).length,
      )
    const before = searches()
    await check(['K', 'NA', 'GLU', 'TC', 'TG', 'TP', 'ALB', 'ALT', 'HBA1C', 'WBC'].map((code) => ({ code })))
    expect(searches().map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 1, 1])
  })

  it('leaves one event of the search in the audit log', async () => {
    const count = async () =>
      (await hub.deps.db.selectFrom('audit_event').select('event_no').where('action', '=', 'records.search').execute())
        .length
    const before = await count()
    await check([{ code: 'K' }, { code: 'NA' }])
    expect(await count()).toBe(before + 1)
  })
})

describe('a hospital that does not answer', () => {
  it('is named and holds up nothing: what the others have is told in time', async () => {
    hub.peers[0]?.setFault({ kind: 'hang', on: 'search' })
    const began = performance.now()
    const { status, order } = await check([{ code: 'HBA1C' }])
    expect(performance.now() - began).toBeLessThan(1_900)
    expect(status).toBe(200)
    expect(order.complete).toBe(false)
    expect(order.sources.find((one) => one.institution === CODES[0])?.state).toBe('failed')
    expect(order.items[0]?.verdict).toBe('valid-result')
    expect(order.items[0]?.found.every((one) => one.issuer.code !== CODES[0])).toBe(true)
  })

  it('and nobody else either: the order goes on, and says that it is not known', async () => {
    for (const one of hub.peers) one.setFault({ kind: 'hang', on: 'search' })
    const { status, order } = await check([{ code: 'HBA1C' }, { code: 'NOTHING' }])
    expect(status).toBe(200)
    expect(verdicts(order)).toEqual({ HBA1C: 'unknown', NOTHING: 'unknown-item' })
    expect(order.elapsedMs).toBeLessThan(1_800)
  })
})

describe('a hospital that cannot be asked', () => {
  const other = 'H51010400088'

  it('but is known to hold reports leaves it unknown whether there is a result', async () => {
    const personId = hub.people[1]?.personId as string
    const items = [{ code: 'CT-CHEST' }]
    expect((await check(items, { personId })).order).toMatchObject({ complete: true, items: [{ verdict: 'none' }] })
    const holding = { personId, institution: other, types: ['DiagnosticReport'], learntFrom: 'notice' } as const
    await noteHoldings(hub.deps.db, [{ ...holding, seenAt: hub.deps.clock.now() }])
    const { order } = await check(items, { personId })
    expect(order).toMatchObject({ complete: false, items: [{ verdict: 'unknown' }] })
    expect(order.sources.find((one) => one.institution === other)?.state).toBe('skipped')
  })

  it('because it is switched off leaves it unknown too where the person was there, unless it is the one that asks', async () => {
    const whileOff = async (code: string, personId?: string) => {
      const switchTo = async (enabled: boolean) => {
        const { baseUrl } = hub.exchange.get(code)?.hospital ?? {}
        if (baseUrl === undefined) throw new Error('no hospital')
        await registerHospital(hub.deps, code, { baseUrl, auth: { kind: 'none' }, enabled }, 'test')
        await hub.exchange.refresh()
      }
      await switchTo(false)
      const { order } = await check([{ code: 'CT-CHEST' }], personId === undefined ? {} : { personId })
      await switchTo(true)
      return order
    }
    expect(await whileOff(CODES[0])).toMatchObject({ complete: false, items: [{ verdict: 'unknown' }] })
    const [stranger] = await seedPeople(hub.deps, generatePeople('newcomer', 1))
    expect(await whileOff(CODES[0], stranger)).toMatchObject({ complete: true, items: [{ verdict: 'none' }] })
    expect(await whileOff(institution)).toMatchObject({ complete: true, items: [{ verdict: 'none' }] })
  })
})

describe('a request that is refused', () => {
  it.each([
    ['no items', []],
    ['more than fifty', Array.from({ length: 51 }, () => ({ code: 'K' }))],
    ['a code that is a text', [{ code: '钾 ' }]],
    ['an item with more than it may say', [{ code: 'K', value: 4.1 }]],
  ])('for %s', async (_name, items) => {
    expect((await check(items)).status).toBe(400)
  })

  it('without a purpose of use', async () => {
    const response = await ask('POST', '/recognition/check-order', {
      body: { personId: hub.people[0]?.personId, items: [{ code: 'K' }], visit: { kind: 'outpatient' } },
      headers: { 'x-purpose-of-use': 'CURIOSITY' },
    })
    expect(response.statusCode).toBe(400)
  })
})

describe('an order that was signed without the reminder', () => {
  const orders = async (orderRef: string, changes: object = {}) =>
    await ask('POST', '/recognition/orders', {
      institution,
      body: {
        personId: hub.people[2]?.personId,
        orderRef,
        orderedOn: '2026-11-24',
        items: [{ code: 'GLU' }, { code: 'CT-CHEST' }],
        visit: { kind: 'outpatient' },
        department: 'ENDO',
        ...changes,
      },
    })
  const kept = async (orderRef: string) =>
    await hub.deps.db
      .selectFrom('recognition_order_check')
      .select(['item', 'verdict', 'decided', 'department', 'issuer'])
      .where('order_ref', '=', orderRef)
      .orderBy('item')
      .execute()

  it('is checked as of its day, and a repetition without a decision is kept', async () => {
    const response = await orders('O-1')
    expect(response.statusCode).toBe(200)
    expect(await kept('O-1')).toMatchObject([
      { item: 'CT-CHEST', verdict: 'none', decided: false, issuer: null },
      { item: 'GLU', verdict: 'valid-result', decided: false, department: 'ENDO' },
    ])
    const figures = await ask('GET', '/recognition/figures?month=2026-11', { institution })
    expect(figures.json()).toMatchObject({ ordersChecked: 2, repeatedWithoutDecision: 1 })
  })

  it('is no such repetition where the result was decided on, and is kept once', async () => {
    const first = (await orders('O-2')).json<Order>()
    const result = first.items[0]?.found[0]?.result
    await decide({ personId: hub.people[2]?.personId, result, visit: { kind: 'outpatient' } }, { institution })
    await orders('O-3')
    expect((await kept('O-3')).find((one) => one.item === 'GLU')).toMatchObject({ decided: true })
    await orders('O-2')
    expect(await kept('O-2')).toMatchObject([{ item: 'CT-CHEST' }, { item: 'GLU', decided: false }])
  })

  it.each(['2026-10-01', '2026-11-26', '2026-11-00'])('of %s cannot be checked today', async (orderedOn) => {
    expect((await orders('O-9', { orderedOn })).statusCode).toBe(422)
  })

  it('is held against no result that came out after its day', async () => {
    const of = async (orderRef: string, orderedOn: string) => {
      const items = [{ code: 'HBA1C' }, { code: 'GLU' }, { code: 'TC' }, { code: 'K' }]
      const response = await orders(orderRef, { orderedOn, items, personId: hub.people[3]?.personId })
      return response.json<Order>().items.flatMap((one) => one.found)
    }
    const today = await of('O-today', '2026-11-24')
    const days = today.filter((one) => one.verdict === 'eligible').map((one) => one.testedOn)
    const newest = days.toSorted().at(-1) ?? ''
    const dayBefore = new Date(Date.parse(newest) - 86_400_000).toISOString().slice(0, 10)
    const before = await of('O-before', dayBefore)
    expect(before.filter((one) => one.verdict === 'eligible' && one.testedOn > dayBefore)).toEqual([])
    expect(days.length).toBeGreaterThan(0)
  })
})

it('a code of the own hospital counts by its confirmed mapping, a unit of the issuer by UCUM', async () => {
  onlyFirstKnows()
  hub.deps.clock.advance(11 * 60_000)
  const glucose = rowsOf(0, 'Observation').find((one) => one.id === 'o000001-1-SHQT-GLU') as Resource
  const quantity = { value: 5000, unit: 'umol/L', system: 'http://unitsofmeasure.org', code: 'umol/L' }
  store(0).put({ ...glucose, valueQuantity: quantity } as Resource, 'o000001-1-SHQT-GLU')
  await hub.deps.db
    .insertInto('mappings_code')
    .values({
      mapping_id: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e40',
      institution,
      local_system: 'https://ziyang.example/lab',
      local_code: 'XT',
      version: 1,
      item: 'GLU',
      state: 'confirmed',
      from_date: '2020-01-01',
      proposed_client: 'a',
      proposed_officer: 'a',
      proposed_at: new Date(0),
      confirmed_client: 'b',
      confirmed_officer: 'b',
      confirmed_at: new Date(0),
    })
    .execute()
  // What the process remembers of mappings is older than five seconds then.
  await new Promise((resolve) => setTimeout(resolve, 5_100))
  const own = await check([{ code: 'XT', system: 'https://ziyang.example/lab' }])
  expect(own.order.items[0]).toMatchObject({ item: { code: 'GLU' }, verdict: 'valid-result' })
  expect(own.order.items[0]?.found[0]?.result.id).toBe('o000001-1-SHQT-GLU')
  store(0).put(
    { ...glucose, valueQuantity: { ...quantity, unit: 'g/L', code: 'g/L' } } as Resource,
    'o000001-1-SHQT-GLU',
  )
  const other = await check([{ code: 'GLU' }])
  const found = other.order.items[0]?.found.find((one) => one.result.id === 'o000001-1-SHQT-GLU')
  expect(found).toMatchObject({ verdict: 'not-eligible', hits: [{ code: 'E02' }] })
}, 20_000)

it('a report of this hospital is read by its own id in the decisions of before', async () => {
  const { body } = await decide(report('XCG'), { institution })
  expect(body.decisions.length).toBe(4)
})
