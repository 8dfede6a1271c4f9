import { describe, expect, it } from 'vitest'
import { searchHospital } from '../../src/records/search-hospital.ts'
import { useDatabase } from '../support/database.ts'
import { CODES, useExchange } from './exchange.ts'

const hub = useExchange(useDatabase())
const numberOf = (index: number) => hub.people[index]?.idNumber ?? ''

/** Asks the first hospital for the first person, whom the hub knows by the number of the nth. */
async function ask(index: number, more: object = {}) {
  const connection = hub.exchange.get(CODES[0])
  if (connection === undefined) throw new Error('no hospital')
  return await searchHospital(connection, {
    personId: hub.people[0]?.personId ?? '',
    identifier: { type: 'resident-id', value: numberOf(index) },
    beforeDisclosure: async () => undefined,
    type: 'Observation',
    form: {},
    includes: [],
    count: 5,
    order: { type: 'Observation', sort: { parameter: 'date', descending: true } },
    deadlineMs: 2_000,
    requestId: 'links',
    signal: undefined,
    ...more,
  } as Parameters<typeof searchHospital>[1])
}

describe('who a person is at a hospital', () => {
  it('is asked again when the number is another one, as after two persons were merged by mistake', async () => {
    expect(await ask(0)).toMatchObject({ state: 'ok', patientId: 'p000001' })
    const other = await ask(1)
    expect(other).toMatchObject({ state: 'ok', patientId: 'p000002' })
    const subjects = other.found.map((one) => (one.resource['subject'] as { reference: string }).reference)
    expect(new Set(subjects)).toEqual(new Set(['Patient/p000002']))
  })

  it('holds for further pages, too: those of the other one are not turned', async () => {
    const position = { institution: CODES[0], patientId: 'p000001', taken: 0, failures: 0 }
    expect(await ask(0, { position })).toMatchObject({ state: 'ok' })
    expect(await ask(1, { position })).toMatchObject({ state: 'failed', issue: { code: 'structure' }, found: [] })
  })
})
