import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, it } from 'vitest'
import { MIGRATIONS_DIR, migrateToLatest } from '../../src/kernel/migrate.ts'
import { readMappings } from '../../src/mappings/index.ts'
import { useEmptyDatabase } from '../support/database.ts'

/** The last schema in which recognition had mappings of its own. */
const BEFORE = '0101'

const database = useEmptyDatabase()
const older = mkdtempSync(join(tmpdir(), 'ymt-mappings-'))
afterAll(() => rmSync(older, { recursive: true }))

it('mappings of an older hub count after the upgrade as they did before it', async () => {
  for (const file of readdirSync(MIGRATIONS_DIR)) {
    if (file.slice(0, 4) <= BEFORE) copyFileSync(join(MIGRATIONS_DIR, file), join(older, file))
  }
  await migrateToLatest(database.db, older)
  await sql`insert into recognition_mapping values
    ('H51010400001', 'urn:test:codes', 'GLU', 1, 'GLU', 'confirmed', '2025-01-01', '2025-12-31'),
    ('H51010400001', 'urn:test:codes', 'GLU', 2, 'TP', 'confirmed', '2026-01-01', null),
    ('H51010400001', 'urn:test:codes', 'ALB', 1, 'ALB', 'proposed', '2026-01-01', null),
    ('H51010400001', 'urn:test:codes', 'TC', 1, 'TC', 'retired', '2025-01-01', '2025-06-30')`.execute(database.db)
  await migrateToLatest(database.db)
  const { rows } = await sql<{ state: string; count: bigint }>`select state, count(*) as count from mappings_code
    group by state order by state`.execute(database.db)
  expect(rows).toEqual([
    { state: 'confirmed', count: 2n },
    { state: 'proposed', count: 1n },
    { state: 'retired', count: 1n },
  ])
  const on = async (day: string) =>
    (await readMappings(database.db, 'H51010400001', day)).map((one) => [one.localCode, one.item, one.unit])
  expect(await on('2025-05-01')).toEqual([['GLU', 'GLU', null]])
  expect(await on('2026-05-01')).toEqual([['GLU', 'TP', null]])
})
