import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { sealAudit } from '../../src/audit/index.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import { seedSandbox } from '../../src/sandbox/index.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const lines: string[] = []
let sandbox: Sandbox
const hub = useApp(database, {
  workers: true,
  env: { YMT_DATA_DIR: mkdtempSync(join(tmpdir(), 'ymt-personal-')) },
  seed: async (deps) => {
    sandbox = await seedSandbox(deps)
  },
  onLog: (line) => lines.push(line),
})

let settledStatus: number

/** What must appear nowhere: every identity number, name and phone number of the sandbox. */
let secrets: ReadonlySet<string>

const leaks = (text: string): string[] => [...secrets].filter((secret) => text.includes(secret))

beforeAll(async () => {
  secrets = new Set(sandbox.people.flatMap((person) => [person.idNumber, person.name, person.phone]))
  const [person] = sandbox.people
  const personId = sandbox.personIds[0] as string
  if (person === undefined) throw new Error('the sandbox has people')
  const hospital = await hub.token('hospital', { institution: sandbox.hospitals[0]?.code as string })
  const issuer = await hub.token('issuer', { city: person.insuredCity })
  const json = { 'content-type': 'application/json' }
  const ask = (url: string, headers: Record<string, string>, payload?: object, key = url) =>
    hub.app.inject({
      method: payload === undefined ? 'GET' : 'POST',
      url,
      headers: { ...headers, ...(payload ? { ...json, 'idempotency-key': key } : {}) },
      ...(payload ? { payload } : {}),
    })

  // Good requests, refused ones, and ones that put personal data where they do not belong.
  const identifier = { type: 'resident-id', value: person.idNumber }
  const registered = {
    name: person.name,
    sex: person.sex,
    birthDate: person.birthDate,
    phone: person.phone,
    residenceDivision: person.residenceDivision,
    identifiers: [identifier],
    insurances: [],
  }
  await ask('/people', hospital, registered)
  await ask('/people', hospital, { ...registered, name: 'X'.repeat(500) }, 'bad')
  await ask('/people/search', hospital, { identifier })
  await ask('/people/search', hospital, identifier)
  await ask(`/people/${personId}`, hospital)
  await ask(`/people/${person.idNumber}`, hospital)
  await ask(`/people?name=${encodeURIComponent(person.name)}`, hospital)
  const issued = await ask('/cards', issuer, { personId })
  const card = (issued.json() as { card?: string }).card ?? sandbox.cards[0]?.card
  await ask('/cards/verify', hospital, { code: card })
  await ask('/cards/verify', hospital, { code: person.idNumber })
  const bill = {
    person_id: personId,
    med_type: '11',
    medfee_sumamt: '300.00',
    lines: [
      {
        feedetl_sn: '1',
        med_list_codg: '002101030160000',
        chrgitm_lv: '01',
        det_item_fee_sumamt: '300.00',
        cnt: '1',
        pric: '300.00',
      },
    ],
  }
  const settled = await ask('/settlement/claims', { ...hospital, 'x-request-id': person.idNumber }, bill)
  settledStatus = settled.statusCode
  await ask('/settlement/claims', hospital, { ...bill, person_id: person.idNumber }, 'wrong')
  await ask('/settlement/claims', hospital, bill, person.idNumber)
  await ask('/people', hospital, registered, `key-${person.phone}`)
  await ask(`/fhir/DiagnosticReport?patient=${person.idNumber}`, { ...hospital, 'x-purpose-of-use': 'TREAT' })
  await ask(`/fhir/DiagnosticReport?patient=${personId}`, { ...hospital, 'x-purpose-of-use': 'TREAT' })
}, 60_000)

describe('personal data of the sandbox', () => {
  it('is looked for with what is there to be found', () => {
    expect(secrets.size).toBeGreaterThan(800)
    expect([201, 202]).toContain(settledStatus)
    expect(leaks(`x ${sandbox.people[7]?.idNumber} y`)).toHaveLength(1)
  })

  it('is in no log line, also of refused and wrong requests', () => {
    expect(lines.length).toBeGreaterThan(10)
    expect(leaks(lines.join('\n'))).toEqual([])
  })

  it('is in no card or code', () => {
    for (const { card } of sandbox.cards) {
      const decoded = card
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString('utf8'))
        .join('\n')
      expect(leaks(`${card}\n${decoded}`)).toEqual([])
    }
  })

  it('is in no table in clear: not in jobs, outbox, audit, stored answers or anywhere else', async () => {
    const { rows } = await sql<{ schema: string; name: string }>`
      select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema in ('public', 'bullmq')`.execute(database.db)
    expect(rows.length).toBeGreaterThan(30)
    for (const { schema, name } of rows) {
      const dump = await sql<{ row: string }>`select t::text as row from ${sql.table(`${schema}.${name}`)} t`.execute(
        database.db,
      )
      expect(leaks(dump.rows.map((row) => row.row).join('\n')), `${schema}.${name}`).toEqual([])
    }
  })

  it('was read in requests whose audit events say who asked, from where and in which request', async () => {
    await hub.live.verificationAudit.flush()
    await sealAudit(database.db)
    const { rows } = await sql<{ action: string; source_address: string | null; request_id: string | null }>`
      select action, source_address, request_id from audit_event where person_ref is not null`.execute(database.db)
    expect(new Set(rows.map((row) => row.action.split('.')[0]))).toEqual(
      new Set(['cards', 'people', 'records', 'settlement']),
    )
    for (const row of rows)
      expect(row, row.action).toMatchObject({ source_address: '127.0.0.1', request_id: expect.any(String) })
  })
})
