import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { seedInstitutions } from '../../src/institutions/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import { seedRecognition } from '../../src/recognition/index.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'
import { seeds } from './lab-hub.ts'
import { GLUCOSE, oru } from './messages.ts'

// From the message of a hospital without a FHIR server to what a physician elsewhere is told, through the whole hub.
const institutions = generateInstitutions('labs')
const hospitals = institutions.filter((one) => one.recordHolder)
const sender = hospitals.find((one) => one.city === '510600')!
const reader = hospitals.find((one) => one.city === '510100')!
let personId = ''

const hub = useApp(useDatabase(), {
  workers: true,
  seed: async (deps) => {
    await seedInstitutions(deps, institutions)
    ;[personId = ''] = await seedPeople(deps, seeds)
    await seedRecognition(deps, hospitals)
  },
})

const call = async (
  method: 'GET' | 'POST' | 'PUT',
  url: string,
  of: { institution?: string; client?: string; operator?: true; body?: object | string; type?: string },
) => {
  const headers = of.operator
    ? await hub.token('operator')
    : await hub.token('hospital', {
        institution: of.institution ?? sender.code,
        ...(of.client === undefined ? {} : { clientId: of.client }),
      })
  const reply = await hub.app.inject({
    method,
    url,
    headers: {
      ...headers,
      'x-purpose-of-use': 'TREAT',
      'idempotency-key': randomUUID(),
      ...(of.type === undefined ? {} : { 'content-type': of.type }),
    },
    ...(of.body === undefined ? {} : { payload: of.body }),
  })
  return { status: reply.statusCode, text: reply.body, json: () => reply.json() }
}

interface Observation {
  readonly id: string
  readonly meta: { readonly source: string }
  readonly code: { readonly coding: readonly { readonly code: string }[] }
  readonly valueQuantity: { readonly value: number }
}
const search = async (): Promise<readonly Observation[]> => {
  const reply = await call('GET', `/fhir/Observation?patient=${personId}`, { institution: reader.code })
  expect(reply.status, reply.text).toBe(200)
  const { entry = [] } = reply.json() as { entry?: { resource: Observation & { resourceType: string } }[] }
  return entry.map((one) => one.resource).filter((one) => one.resourceType === 'Observation')
}
const check = async () => {
  const body = { personId, items: [{ code: 'GLU' }], visit: { kind: 'outpatient' } }
  const reply = await call('POST', '/recognition/check-order', { institution: reader.code, body })
  expect(reply.status, reply.text).toBe(200)
  return reply.json().items[0]
}
const send = async (of: object) => {
  const reply = await call('POST', '/labs/hl7v2', {
    type: 'application/hl7-v2',
    body: oru({ patient: `${seeds[0]?.idNumber}^^^^NNCHN`, reportNo: 'E-1', ...of }),
  })
  expect(reply.status, reply.text).toBe(200)
}

beforeAll(async () => {
  const saved = await call('PUT', '/labs/senders/DY01', {
    operator: true,
    body: {
      institution: sender.code,
      laboratory: null,
      codeSystem: 'urn:test:lis',
      charset: 'UTF-8',
      addresses: [],
      enabled: true,
    },
  })
  if (saved.status !== 200) throw new Error(saved.text)
})

describe('a result of a hospital without a FHIR server', () => {
  it('is found by a hospital elsewhere as that of its source, and counts for nothing while its code is not mapped', async () => {
    await send({})
    const [found] = await search()
    expect(found).toMatchObject({
      meta: { source: expect.stringContaining(sender.code) },
      code: { coding: [{ code: 'GLU01' }] },
      valueQuantity: { value: 5.6 },
    })
    expect((await check()).verdict).toBe('none')
  })

  it('is offered before an order once two persons of its hospital have said what its code means', async () => {
    const mapping = {
      localSystem: 'urn:test:lis',
      localCode: 'GLU01',
      item: 'GLU',
      loinc: '14749-6',
      unit: 'mmol/l',
      ucum: 'mmol/L',
      from: '2026-01-01',
    }
    const proposed = await call('POST', '/mappings', {
      client: 'lab-desk',
      body: { officer: 'lab-1', mappings: [mapping] },
    })
    const ids = proposed.json().mappings.map((one: { mappingId: string }) => one.mappingId)
    const confirmed = await call('POST', '/mappings/confirmation', {
      client: 'lab-lead',
      body: { officer: 'lab-2', ids },
    })
    expect(confirmed.status, confirmed.text).toBe(200)
    await vi.waitFor(async () => {
      const [found] = await search()
      expect(found?.code.coding.map((one) => one.code)).toEqual(['GLU01', 'GLU', '14749-6'])
    }, 10_000)
    await vi.waitFor(async () => expect((await check()).found[0]).toMatchObject({ verdict: 'eligible' }), 10_000)
    expect((await check()).found[0]).toMatchObject({
      issuer: { code: sender.code },
      result: { institution: sender.code },
    })
  })

  it('is decided on, and the decision opens again when the laboratory corrects it', async () => {
    const [found] = await search()
    const body = {
      personId,
      result: { institution: sender.code, type: 'Observation', id: (await check()).found[0].result.id },
      visit: { kind: 'outpatient' },
      statements: [{ item: 'GLU', action: 'accept' }],
    }
    const decided = await call('POST', '/recognition/decisions', { institution: reader.code, body })
    expect(decided.status, decided.text).toBe(200)
    expect(decided.json().decisions).toMatchObject([{ item: { code: 'GLU' }, outcome: 'recognised' }])
    await send({
      status: 'C',
      changedAt: '20261123160000+0800',
      results: [GLUCOSE.replace('5.60', '8.80').replace('|F|', '|C|')],
    })
    await vi.waitFor(async () => {
      const reopened = await call('GET', '/recognition/decisions/reopened', { institution: reader.code })
      expect(reopened.status, reopened.text).toBe(200)
      expect(JSON.stringify(reopened.json())).toContain(decided.json().decisions[0].decisionId)
    }, 10_000)
    const [after] = await search()
    expect(after).toMatchObject({ id: found?.id, valueQuantity: { value: 8.8 } })
  })

  it('stands once on the pages of a search, though newer ones come in between', async () => {
    const measured = async (reportNo: string, at: string) =>
      await send({ reportNo, collectedAt: `${at}+0800`, results: [GLUCOSE.replace('20261123091000', at)] })
    await measured('E-2', '20261122090000')
    await measured('E-3', '20261121090000')
    const ids: string[] = []
    let url = `/fhir/Observation?patient=${personId}&_count=1`
    for (let page = 0; url !== '' && page < 9; page++) {
      const reply = await call('GET', url, { institution: reader.code })
      expect(reply.status, reply.text).toBe(200)
      const body = reply.json() as {
        entry?: { resource: { id: string; resourceType: string } }[]
        link: { relation: string; url: string }[]
      }
      for (const { resource } of body.entry ?? []) if (resource.resourceType === 'Observation') ids.push(resource.id)
      const next = body.link.find((one) => one.relation === 'next')?.url
      url = next === undefined ? '' : `${new URL(next).pathname}${new URL(next).search}`
      await measured(`N-${page}`, `2026112408000${page}`)
    }
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(3)
  })
})
