import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Institution,
  openInstitutionTable,
  saveInstitutions,
  seedInstitutions,
} from '../../src/institutions/index.ts'
import { listCodes, readInstitutions } from '../../src/institutions/store.ts'
import { suspendInstitution } from '../../src/institutions/suspend-institution.ts'
import { createChangeFeed } from '../../src/kernel/change-feed.ts'
import { createLog } from '../../src/kernel/log.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { inTx } from '../../src/kernel/tx.ts'
import { generateInstitutions } from '../../src/sandbox/institutions.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase()
const clock = manualClock('2026-03-01T02:00:00Z')
const log = createLog({ level: 'silent', name: 'test' })
const deps = () => ({
  db: database.db,
  clock,
  log,
  changes: createChangeFeed({ url: database.url, name: 'register-test', log }),
})
const seeds = generateInstitutions('test')
const hospital = seeds.find((one) => one.recordHolder && one.city === '510600')!
const byBureau = (city: string) => ({ clientId: 'bureau-1', role: 'bureau', city })

const suspend = (code: string, from: string, to: string | null, city = '510600') =>
  inTx(database.db, (tx) =>
    suspendInstitution(deps(), tx, { code, suspension: { from, to, reason: '整改' }, by: byBureau(city) }),
  )

beforeAll(() => seedInstitutions(deps(), seeds))

describe('the register', () => {
  it('gives back every institution as it was saved', async () => {
    const rows = await readInstitutions(
      database.db,
      seeds.map((one) => one.code),
    )
    expect(rows).toHaveLength(60)
    for (const seed of seeds) {
      const row = rows.find((one) => one.code === seed.code)
      expect(row).toMatchObject({ kind: seed.kind, name: seed.name, uscc: seed.uscc, division: seed.division })
      expect(row?.levels).toMatchObject([{ level: seed.level, grade: seed.grade, community: seed.community }])
      expect(row?.designations).toEqual(seed.designations)
      expect(row?.recognitions.map((one) => one.insuredCity)).toEqual([...seed.recognisedBy].sort())
    }
  })

  it('can be saved twice', async () => {
    await seedInstitutions(deps(), seeds)
    expect(await listCodes(database.db, { limit: 200 })).toHaveLength(60)
  })

  it('pages in code order by city and kind', async () => {
    const first = await listCodes(database.db, { city: '510100', kind: 'pharmacy', limit: 6 })
    const second = await listCodes(database.db, { city: '510100', kind: 'pharmacy', limit: 6, after: first.at(-1) })
    expect([...first, ...second]).toEqual(
      seeds
        .filter((one) => one.city === '510100' && one.kind === 'pharmacy')
        .map((one) => one.code)
        .sort(),
    )
    expect(first).toHaveLength(6)
  })

  it('refuses an institution with faults, naming every part, and saves nothing of the batch', async () => {
    const [good] = await readInstitutions(database.db, [hospital.code])
    const bad: Institution = {
      ...good!,
      code: 'X5106039',
      uscc: '12510600MB0000000K',
      division: '510100',
      name: ' ',
      levels: [{ from: '2020-01-01', to: null, level: 2, grade: '特', community: true }],
      designations: [
        { from: '2020-01-01', to: null },
        { from: '2021-01-01', to: null },
      ],
      suspensions: [{ from: '2021-02-30', to: null, reason: '整改' }],
    }
    const saving = saveInstitutions(deps(), [{ ...good!, name: '改名' }, bad], 'test')
    await expect(saving).rejects.toMatchObject({ code: 'institutions.invalid' })
    const pointers = await saving.catch((error: { errors: { pointer: string; detail: string }[] }) =>
      error.errors.map((one) => `${one.pointer} ${one.detail.split(':')[0]}`),
    )
    expect(pointers).toEqual([
      '/1/code prefix',
      '/1/code serial',
      '/1/uscc check',
      '/1/division is not a county-level unit in force of the four cities',
      '/1/name is empty',
      '/1/designations holds periods that share a day',
      '/1/suspensions holds a period that is not two days of the calendar in order',
      '/1/levels/0/grade 特 is given to level 3 only',
      '/1/levels/0/community is of level 0 or 1 only',
    ])
    expect((await readInstitutions(database.db, [hospital.code]))[0]?.name).toBe(hospital.name)
  })
})

describe('the table in memory', () => {
  it('sees a suspension made by another process within a second', async () => {
    const table = await openInstitutionTable(deps())
    try {
      expect(table.recognitionAt(hospital.code, '510600', '2026-03-02')).toEqual({ recognised: true, reasons: [] })
      await suspend(hospital.code, '2026-03-01', '2026-03-31')
      await expect
        .poll(() => table.recognitionAt(hospital.code, '510600', '2026-03-02').recognised, {
          timeout: 1000,
          interval: 20,
        })
        .toBe(false)
      expect(table.factsAt(hospital.code, '2026-03-02')).toMatchObject({ suspended: true, city: '510600' })
      expect(table.factsAt(hospital.code, '2026-04-01')).toMatchObject({ suspended: false })
      expect(table.factsAt('H51060312345', '2026-03-02')).toBeUndefined()
    } finally {
      await table.close()
    }
  })

  it('sees its own change after an explicit refresh and tells its age', async () => {
    const table = await openInstitutionTable(deps())
    try {
      await suspend(hospital.code, '2027-01-01', null)
      await table.refresh()
      expect(table.get(hospital.code)?.suspensions).toHaveLength(2)
      await pause(30)
      expect(table.ageMs()).toBeGreaterThan(20)
      expect(table.ageMs()).toBeLessThan(1500)
    } finally {
      await table.close()
    }
  })

  it('keeps a recorded suspension when the register is saved again', async () => {
    await seedInstitutions(deps(), seeds)
    const [row] = await readInstitutions(database.db, [hospital.code])
    expect(row?.suspensions.map((one) => one.from)).toEqual(['2026-03-01', '2027-01-01'])
  })
})

describe('a suspension', () => {
  it('is refused where another covers one of its days', async () => {
    await expect(suspend(hospital.code, '2026-03-31', '2026-04-10')).rejects.toMatchObject({
      code: 'institutions.already-suspended',
    })
  })

  it("is refused for another city's institution as if it did not exist", async () => {
    await expect(suspend(hospital.code, '2030-01-01', null, '510100')).rejects.toMatchObject({
      code: 'institutions.not-found',
    })
  })

  it.each([
    ['2026-02-30', null],
    ['2026-05-02', '2026-05-01'],
  ])('is refused for the days %s to %s', async (from, to) => {
    await expect(suspend(hospital.code, from, to)).rejects.toMatchObject({ code: 'institutions.invalid' })
  })
})

describe('the audit log', () => {
  it('has one event for each suspension that was recorded, and none for a refused one', async () => {
    const rows = await database.db.selectFrom('audit_event').select(['action', 'target_id']).execute()
    expect(rows).toEqual(Array(2).fill({ action: 'institutions.suspend', target_id: hospital.code }))
  })
})
