import { beforeAll, describe, expect, it } from 'vitest'
import { encryptField, parseKeyring } from '../../src/kernel/crypto/index.ts'
import { runNhsaCommand } from '../../src/nhsa/access-keys.ts'
import { nhsaPeriodics, openNhsa } from '../../src/nhsa/index.ts'
import { useDatabase } from '../support/database.ts'
import { type TestDeps, testDeps } from '../support/deps.ts'

const DAY_MS = 86_400_000
const database = useDatabase()
let deps: TestDeps

beforeAll(() => {
  deps = testDeps(database)
})

const command = async (...args: string[]): Promise<string[]> => {
  const lines: string[] = []
  await runNhsaCommand(deps, args, (line) => lines.push(line))
  return lines
}

const run = async (name: string, of: Pick<TestDeps, 'db' | 'clock' | 'keyring'> = deps): Promise<void> => {
  const task = nhsaPeriodics(of).find((one) => one.name === name)
  if (task === undefined) throw new Error(name)
  await task.run()
}

describe('node src/main.ts nhsa key', () => {
  it('issues a key, lists it without its secret, and revokes it once', async () => {
    const [first = '', second = ''] = await command('key', 'issue', 'H51010400001')
    const accessKey = first.split('\t')[1] ?? ''
    const secret = second.split('\t')[1] ?? ''
    expect(accessKey).toMatch(/^nhsa-[a-z2-7]{20}$/)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    const listed = (await command('key', 'list', 'H51010400001')).join()
    expect(listed).toContain(`${accessKey}\tH51010400001`)
    expect(listed).not.toContain(secret)
    await command('key', 'revoke', accessKey)
    expect((await command('key', 'list')).join()).toContain('revoked')
    await expect(command('key', 'revoke', accessKey)).rejects.toMatchObject({ code: 'nhsa.key-unknown' })
    const audited = await database.db.selectFrom('audit_event').select(['action', 'target_id']).execute()
    expect(audited).toEqual([
      { action: 'nhsa.key-issue', target_id: accessKey },
      { action: 'nhsa.key-revoke', target_id: accessKey },
    ])
  })

  it('refuses a code that is none, and a call that is none', async () => {
    await expect(command('key', 'issue', 'H4201020015')).rejects.toMatchObject({ code: 'nhsa.institution-unknown' })
    for (const args of [
      [],
      ['key'],
      ['key', 'issue'],
      ['key', 'print', 'x'],
      ['key', 'list', 'a', 'b'],
      ['x', 'list'],
    ]) {
      await expect(command(...args)).rejects.toMatchObject({ code: 'nhsa.command-invalid' })
    }
  })
})

describe('upkeep', () => {
  it('deletes answers after the days of the profiles and keeps their msgids taken', async () => {
    const message = (msgid: string, ageDays: number) => ({
      institution: 'H51010400001',
      msgid,
      infno: '1101',
      body_hash: Buffer.alloc(32),
      received_at: new Date(deps.clock.now().getTime() - ageDays * DAY_MS),
      answer_encrypted: Buffer.from('x'),
    })
    await database.db
      .insertInto('nhsa_message')
      .values([message('old', 31), message('new', 29)])
      .execute()
    await run('nhsa.purge-answers')
    const rows = await database.db.selectFrom('nhsa_message').selectAll().orderBy('msgid').execute()
    expect(rows.map((row) => [row.msgid, row.answer_encrypted === null, row.answer_purged])).toEqual([
      ['new', false, false],
      ['old', true, true],
    ])
  })

  it('deletes sign-ins of last month', async () => {
    const signIn = (msgid: string, signNo: string, ageDays: number) => ({
      institution: 'H51010400001',
      msgid,
      sign_no: signNo,
      opter_no: '1',
      signed_in_at: new Date(deps.clock.now().getTime() - ageDays * DAY_MS),
    })
    await database.db
      .insertInto('nhsa_sign_in')
      .values([signIn('a', '0'.repeat(26), 31), signIn('b', '1'.repeat(26), 1)])
      .execute()
    await run('nhsa.purge-sign-ins')
    const rows = await database.db.selectFrom('nhsa_sign_in').select('msgid').execute()
    expect(rows).toEqual([{ msgid: 'b' }])
  })

  it('encrypts secrets anew under the active key of the ring, and they still sign', async () => {
    const [first = '', second = ''] = await command('key', 'issue', 'H51010400001')
    const accessKey = first.split('\t')[1] ?? ''
    const key = (label: string) => Buffer.from(label.padEnd(32, '.')).toString('base64url')
    const old = JSON.parse(JSON.stringify(testRing(key)))
    const ring = parseKeyring(JSON.stringify({ ...old, field: { ...old.field, active: 'next-f' } }))
    const before = parseKeyring(JSON.stringify(old))
    await reissue(accessKey, before)
    await run('nhsa.reencrypt-secrets', { ...deps, keyring: ring })
    const open = await openNhsa({ ...deps, keyring: ring })
    expect(open.keyOf(accessKey)?.secret).toBe('kept')
    await open.close()
    expect(second).not.toContain('kept')
  })
})

const testRing = (key: (label: string) => string) => ({
  field: {
    active: 'now-f',
    keys: [
      { id: 'now-f', alg: 'AES-256-GCM', key: key('now') },
      { id: 'next-f', alg: 'AES-256-GCM', key: key('next') },
    ],
  },
  index: { active: 'now-i', keys: [{ id: 'now-i', alg: 'HMAC-SHA-256', key: key('index') }] },
})

/** Leaves one key only, its secret under the given ring. */
async function reissue(accessKey: string, keyring: TestDeps['keyring']): Promise<void> {
  await database.db.deleteFrom('nhsa_access_key').where('access_key', '!=', accessKey).execute()
  await database.db
    .updateTable('nhsa_access_key')
    .set({
      secret_encrypted: encryptField(keyring, 'kept', {
        table: 'nhsa_access_key',
        column: 'secret_encrypted',
        rowId: accessKey,
      }),
    })
    .where('access_key', '=', accessKey)
    .execute()
}
