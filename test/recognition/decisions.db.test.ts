import { afterEach, describe, expect, it } from 'vitest'
import { seedRecognition } from '../../src/recognition/index.ts'
import { recognitionRoutes } from '../../src/recognition/routes.ts'
import { CODES, useExchange } from '../records/exchange.ts'
import { useDatabase } from '../support/database.ts'

/** The register of institutions as far as recognition reads it: code -> division and level. */
const FACTS: Readonly<
  Record<string, { division: string; level: 0 | 1 | 2 | 3; city: '510100' | '510600' | '511400' | '512000' }>
> = {
  H51010400001: { division: '510104', level: 3, city: '510100' },
  H51060300001: { division: '510603', level: 2, city: '510600' },
  H51140200001: { division: '511402', level: 2, city: '511400' },
  H51200200001: { division: '512002', level: 2, city: '512000' },
}

const hub = useExchange(useDatabase(), {
  env: { YMT_RECORDS_DEADLINE_MS: '900' },
  routes: (app, deps) =>
    recognitionRoutes(app, {
      ...deps,
      institutions: {
        factsAt: (code) => {
          const facts = FACTS[code]
          return (
            facts && {
              ...facts,
              code,
              kind: 'hospital',
              name: code,
              uscc: '',
              zone: null,
              grade: '甲',
              designation: 'designated',
              suspended: false,
            }
          )
        },
      },
    }),
})

let keys = 0
async function decide(body: Record<string, unknown>, options: { institution?: string; key?: string } = {}) {
  const response = await hub.app.inject({
    method: 'POST',
    url: '/recognition/decisions',
    headers: {
      authorization: `Bearer ${await hub.token('hospital', options.institution ?? CODES[1])}`,
      'idempotency-key': options.key ?? `decision-${++keys}`,
      'x-purpose-of-use': 'TREAT',
    },
    payload: body,
  })
  return {
    status: response.statusCode,
    text: response.body,
    body: response.json<{ decisions: Decision[]; code?: string }>(),
  }
}
interface Decision {
  decisionId: string
  item: { code: string } | null
  outcome: string
  reason: { code: string } | null
  hits: { code: string; zh: string; en: string }[]
  mark: { label: string } | null
}
const byItem = (decisions: readonly Decision[]) =>
  Object.fromEntries(
    decisions.map((one) => [one.item?.code ?? 'none', [one.outcome, ...one.hits.map((hit) => hit.code)].join(' ')]),
  )
const report = (panel: string, institution: string = CODES[0]) => ({
  personId: hub.people[0]?.personId,
  result: { institution, type: 'DiagnosticReport', id: `r000001-1-${panel}` },
  visit: { kind: 'outpatient' },
})
const seeded = async () =>
  seedRecognition(
    hub.deps,
    Object.entries(FACTS).map(([code, { city }]) => ({ code, city })),
  )

afterEach(() => {
  for (const one of hub.peers) one.setFault({ kind: 'none' })
  hub.deps.clock.advance(15_000)
})

describe('a decision on a result of another city', () => {
  it('recognises what a 川渝HR mark covers and refuses, with its reason, what only a city mark or an ended mark covers', async () => {
    await seeded()
    const { status, body } = await decide(report('SHQT'))
    expect(status).toBe(200)
    expect(byItem(body.decisions)).toEqual({
      K: 'recognised',
      NA: 'recognised',
      GLU: 'recognised',
      TP: 'recognised',
      ALB: 'recognised',
      TG: 'recognised',
      TC: 'not-eligible E06',
      ALT: 'not-eligible E06',
    })
    const refused = body.decisions.find((one) => one.item?.code === 'TC')
    expect(refused?.hits[0]?.zh).toContain('互认标识')
    expect(body.decisions.find((one) => one.item?.code === 'K')?.mark?.label).toBe('川渝HR')
  })

  it('accepts the city mark inside its own city', async () => {
    const { body } = await decide(report('SHQT'), { institution: CODES[0] })
    expect(byItem(body.decisions)).toMatchObject({ TC: 'recognised' })
  })

  it('decides on the ordered item of a report only', async () => {
    const { body } = await decide({ ...report('SHQT'), orderedItem: 'GLU' })
    expect(byItem(body.decisions)).toEqual({ GLU: 'recognised' })
  })

  it('takes one observation with its specimen', async () => {
    const { body } = await decide({
      ...report('HBA1C'),
      result: { institution: CODES[0], type: 'Observation', id: 'o000001-1-HBA1C-HBA1C' },
    })
    expect(byItem(body.decisions)).toEqual({ HBA1C: 'recognised' })
  })

  it('keeps a coded reason for a repeated test, encrypting the physician’s words', async () => {
    const words = '服药后病情明显变化'
    const { body } = await decide({
      ...report('HBA1C'),
      statements: [{ item: 'HBA1C', action: 'repeat', reason: '01', detail: words, informed: 'yes' }],
    })
    expect(body.decisions[0]).toMatchObject({ outcome: 'not-recognised', reason: { code: '01' } })
    const row = await hub.deps.db
      .selectFrom('recognition_decision')
      .selectAll()
      .where('decision_id', '=', body.decisions[0]?.decisionId ?? '')
      .executeTakeFirstOrThrow()
    expect(row.detail_encrypted).not.toBeNull()
    expect(JSON.stringify(row)).not.toContain(words)
    expect(row.inputs).toMatchObject({ item: { code: 'HBA1C', version: 1 }, hits: [], context: { division: '510603' } })
  })

  it('can never be changed', async () => {
    await expect(
      hub.deps.db.updateTable('recognition_decision').set({ outcome: 'recognised' }).execute(),
    ).rejects.toThrow(/new decision/)
    await expect(hub.deps.db.deleteFrom('recognition_decision').execute()).rejects.toThrow(/new decision/)
  })

  it('is pending while the issuer cannot be asked', async () => {
    hub.peers[0]?.setFault({ kind: 'hang', on: 'search' })
    const { status, body } = await decide(report('SHQT'))
    expect(status).toBe(200)
    expect(byItem(body.decisions)).toEqual({ none: 'pending E97' })
  })

  it('does not show that a result of somebody else exists', async () => {
    const other = await decide({ ...report('SHQT'), personId: hub.people[1]?.personId })
    const absent = await decide({
      ...report('SHQT'),
      result: { institution: CODES[0], type: 'DiagnosticReport', id: 'r999999-1-SHQT' },
    })
    expect(byItem(other.body.decisions)).toEqual({ none: 'not-eligible E01' })
    expect(byItem(absent.body.decisions)).toEqual({ none: 'not-eligible E01' })
  })

  it('is given once per key: the same key answers the same decisions', async () => {
    const first = await decide(report('HBA1C'), { key: 'same-key' })
    const again = await decide(report('HBA1C'), { key: 'same-key' })
    expect(again.text).toBe(first.text)
    expect((await decide(report('XCG'), { key: 'same-key' })).status).toBe(409)
  })
})

describe('a request that is refused', () => {
  it.each([
    [
      'a reason without its detail',
      { statements: [{ item: 'K', action: 'repeat', reason: '07', informed: 'yes' }] },
      422,
    ],
    ['a value claimed by the caller', { value: 5.1 }, 400],
    [
      'an id that reaches another address',
      { result: { institution: CODES[0], type: 'Observation', id: '../Patient' } },
      400,
    ],
    [
      'an issuer that is not registered',
      { result: { institution: 'H51010400099', type: 'Observation', id: 'o1' } },
      422,
    ],
  ])('for %s', async (_name, change, status) => {
    expect((await decide({ ...report('SHQT'), ...change })).status).toBe(status)
  })
})

describe('the monthly figures', () => {
  it('count the latest decision on each result, of the own institution only', async () => {
    hub.deps.clock.set('2026-12-02T02:00:00Z')
    const institution = CODES[2]
    const repeat = {
      statements: [{ item: 'HBA1C', action: 'repeat', reason: '08', detail: '其他原因', informed: 'yes' }],
    }
    await decide({ ...report('HBA1C'), ...repeat }, { institution })
    await decide(report('HBA1C'), { institution })
    await decide({ ...report('HBA1C', CODES[3]), ...repeat }, { institution })
    const figures = async (code: string) =>
      (
        await hub.app.inject({
          url: '/recognition/figures?month=2026-12',
          headers: { authorization: `Bearer ${await hub.token('hospital', code)}` },
        })
      ).json<Record<string, unknown>>()
    expect(await figures(institution)).toMatchObject({ recognised: 1, notRecognised: 1, rateBasisPoints: 5000 })
    expect(await figures(CODES[3])).toMatchObject({ recognised: 0, notRecognised: 0, rateBasisPoints: null, rows: [] })
  })

  it('count an emergency item without a code once its day is over', async () => {
    hub.deps.clock.set('2027-01-03T02:00:00Z')
    const institution = CODES[3]
    const panel = { ...report('HBA1C', CODES[1]), visit: { kind: 'emergency', rescue: true } }
    expect(byItem((await decide(panel, { institution })).body.decisions)).toEqual({ HBA1C: 'open' })
    const figures = async () =>
      (
        await hub.app.inject({
          url: '/recognition/figures?month=2027-01',
          headers: { authorization: `Bearer ${await hub.token('hospital', institution)}` },
        })
      ).json<Record<string, unknown>>()
    hub.deps.clock.advance(23 * 3_600_000)
    expect(await figures()).toMatchObject({ notRecognised: 0 })
    hub.deps.clock.advance(2 * 3_600_000)
    expect(await figures()).toMatchObject({ notRecognised: 1 })
  })
})

it('the catalogue says of each limit whether it was verified', async () => {
  const response = await hub.app.inject({
    url: '/recognition/items',
    headers: { authorization: `Bearer ${await hub.token('bureau')}` },
  })
  const { items } = response.json<{ items: { code: string; verified: boolean }[] }>()
  expect(items.length).toBeGreaterThanOrEqual(12)
  expect(items.every((one) => !one.verified)).toBe(true)
})
