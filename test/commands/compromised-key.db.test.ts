import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { seedCards } from '../../src/cards/index.ts'
import { printKeys, reportCompromise } from '../../src/commands/issuers.ts'
import { rotateKey, seedIssuers } from '../../src/issuers/index.ts'
import { seedPeople } from '../../src/people/index.ts'
import { generatePeople } from '../../src/sandbox/people.ts'
import { useApp } from '../support/app.ts'
import { useDatabase } from '../support/database.ts'
import { testKeyring } from '../support/deps.ts'

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts')
const database = useDatabase()
// The command runs by the time of its machine; the app has to live in the same one.
const now = new Date().toISOString()
let people: readonly string[] = []
const api = useApp(database, {
  now,
  seed: async (deps) => {
    await seedIssuers(deps)
    people = await seedPeople(deps, generatePeople('compromised', 6))
  },
})

const folder = mkdtempSync(join(tmpdir(), 'ymt-compromised-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the command as its operator does, on the test's database with the test's keyring. */
async function run(...args: string[]): Promise<{ out: string; code: number }> {
  const set = ({ active, byId }: typeof testKeyring.field | typeof testKeyring.index) => ({
    active: active.id,
    keys: [...byId.values()].map((key) => ({ id: key.id, alg: key.alg, key: key.key.export().toString('base64url') })),
  })
  const keyring = join(folder, 'keyring.json')
  writeFileSync(keyring, JSON.stringify({ field: set(testKeyring.field), index: set(testKeyring.index) }))
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url,
    YMT_KEYRING_FILE: keyring,
    YMT_DATA_DIR: folder,
    YMT_LOG_LEVEL: 'silent',
  }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { env })
    return { out: stdout, code: 0 }
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number }
    return { out: `${stdout}${stderr}`, code }
  }
}

interface Verdict {
  readonly verdict: string
  readonly reasons: readonly { readonly code: string }[]
}

async function ask<T>(url: string, payload: object, headers: { authorization: string }): Promise<T> {
  const response = await api.app.inject({
    method: 'POST',
    url,
    headers: { ...headers, 'idempotency-key': randomUUID() },
    payload,
  })
  return response.json() as T
}

const verify = async (code: string) =>
  await ask<Verdict>('/cards/verify', { code }, await api.token('hospital', { institution: 'H51010000001' }))
const issuer = () => api.token('issuer', { city: '510100' })
const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid

describe('a compromised key of an issuer', () => {
  it('is shown with the cards that fall with it, then revoked, and refused by a running process within a second', async () => {
    const cards = await seedCards(
      { ...api.deps, issuerKeys: api.live.issuerKeys },
      { city: '510100', personIds: people.slice(0, 5) },
    )
    const [first, second, third] = cards.map((card) => card.cardId)
    await ask(`/cards/${first}/suspension`, { reason: 'holder-request' }, await issuer())
    await ask(`/cards/${second}/revocation`, { reason: 'error' }, await issuer())
    const kid = kidOf(cards[3]?.card ?? '')
    expect((await verify(cards[3]?.card ?? '')).verdict).toBe('accepted')
    const { code } = await ask<{ code: string }>(`/cards/${third}/code`, {}, await issuer())

    const order = ['keys', 'compromised', '--issuer', '510100', '--kid', kid]
    const shown = await run(...order)
    expect(shown.code).toBe(0)
    expect(shown.out).toContain(`${kid}: ES256 key of 510100 for card, in state "signs"`)
    expect(shown.out).toContain('cards that carry its signature: 5 (3 valid, 1 suspended, 1 revoked)')
    expect(shown.out).toContain('nothing was changed')
    expect((await verify(cards[3]?.card ?? '')).verdict).toBe('accepted')

    const done = await run(...order, '--yes')
    const doneAt = performance.now()
    expect(done.code).toBe(0)
    const successor = /^(\S+) signs from now on$/m.exec(done.out)?.[1] ?? ''
    expect(done.out).toContain(`${kid} is revoked since `)
    let verdict = await verify(cards[3]?.card ?? '')
    while (verdict.verdict === 'accepted' && performance.now() - doneAt < 1_000) {
      verdict = await verify(cards[3]?.card ?? '')
    }
    expect(verdict.reasons.map((one) => one.code)).toEqual(['key-revoked'])
    // Another key signed the codes.
    expect((await verify(code)).verdict).toBe('accepted')
    // The successor is in force by the clock of the command's machine.
    api.deps.clock.set(new Date().toISOString())
    const [fresh] = await seedCards(
      { ...api.deps, issuerKeys: api.live.issuerKeys },
      { city: '510100', personIds: people.slice(5) },
    )
    expect(kidOf(fresh?.card ?? '')).toBe(successor)
    // A print under another key than the one of the issue counts for that key.
    const print = await api.app.inject({ url: `/cards/${third}/code.svg?kind=static`, headers: await issuer() })
    expect(print.statusCode).toBe(200)

    const again = await run(...order, '--yes')
    expect(again).toMatchObject({ code: 1, out: expect.stringContaining(`${kid} was revoked at `) })
    const listed = (await run('issuers')).out.split('\n').map((line) => line.split('\t'))
    expect(listed.find((row) => row[1] === kid)).toEqual(
      expect.arrayContaining(['510100', 'ES256', 'card', 'revoked', '5']),
    )
    expect(listed.find((row) => row[1] === successor)).toEqual(expect.arrayContaining(['signs', '2']))
  })

  it('is said to have no successor where it signed no more', async () => {
    const [kid] = [...(api.live.issuerKeys.issuer('urn:yimatong:510600')?.keys.values() ?? [])]
      .filter((key) => key.uses.has('health'))
      .map((key) => key.kid)
    await rotateKey(api.deps, { city: '510600', use: 'health' })
    api.deps.clock.advance(1_000)
    const lines: string[] = []
    const order = { city: '510600', kid: kid ?? '' }
    await reportCompromise(api.deps, { ...order, yes: false }, (line) => void lines.push(line))
    await reportCompromise(api.deps, { ...order, yes: true }, (line) => void lines.push(line))
    expect(lines).toEqual(
      expect.arrayContaining([
        'cards that carry its signature: 0 (0 valid, 0 suspended, 0 revoked)',
        'health codes signed with it: to be fetched again',
        'it signs no more: it gets no successor',
        'it signed no more, so it has no successor',
      ]),
    )
  })

  it('is shown with the cards of before that it may have signed, whose key was not recorded', async () => {
    const { clock } = api.deps
    const issue = async (personId: string | undefined) => {
      const order = { city: '512000' as const, personIds: [personId ?? ''] }
      return (await seedCards({ ...api.deps, issuerKeys: api.live.issuerKeys }, order))[0]
    }
    const first = await issue(people[0])
    const printed = await issue(people[1])
    const old = kidOf(first?.card ?? '')
    clock.advance(60_000)
    const next = await rotateKey(api.deps, { city: '512000', use: 'card' })
    await api.live.issuerKeys.refresh()
    clock.advance(60_000)
    expect(kidOf((await issue(people[2]))?.card ?? '')).toBe(next)
    // As in a database of before 0091; another city's cards say nothing about this key.
    await database.db.updateTable('cards_card').set({ kid: null }).execute()
    // A card that was printed under the next key may all the same have been issued under the old one.
    const print = await api.app.inject({
      url: `/cards/${printed?.cardId}/code.svg?kind=static`,
      headers: await api.token('issuer', { city: '512000' }),
    })
    expect(print.statusCode).toBe(200)

    const shown = async (kid: string) => {
      const lines: string[] = []
      await reportCompromise(api.deps, { city: '512000', kid, yes: false }, (line) => void lines.push(line))
      return lines.filter((line) => /cards that|possibly/.test(line))
    }
    expect(await shown(old)).toEqual([
      'cards that carry its signature: 0 (0 valid, 0 suspended, 0 revoked)',
      'possibly, key not recorded: 2',
    ])
    expect(await shown(next)).toEqual([
      'cards that carry its signature: 1 (1 valid, 0 suspended, 0 revoked)',
      'possibly, key not recorded: 1',
    ])
    const listed: string[] = []
    await printKeys(api.deps, (line) => void listed.push(line))
    expect(listed.find((line) => line.includes(old))).toMatch(/\t0\t2$/)
    expect(listed.find((line) => line.includes(next))).toMatch(/\t1\t1$/)
  })

  it('for bundles tells the fingerprint of its successor, which every verifier must be given', async () => {
    const kidFor = (city: string) =>
      [...(api.live.issuerKeys.issuer(`urn:yimatong:${city}`)?.keys.values() ?? [])].find((key) =>
        key.uses.has('bundle'),
      )?.kid ?? ''
    const linesOf = async (city: string, yes: boolean) => {
      const lines: string[] = []
      await reportCompromise(api.deps, { city, kid: kidFor(city), yes }, (line) => void lines.push(line))
      return lines.join('\n')
    }
    expect(await linesOf('510100', false)).toMatch(/verifier without network believes the stolen key until/)
    const said = await linesOf('510100', true)
    const successor = /^(\S{11}) signs from now on$/m.exec(said)?.[1] ?? 'none'
    const fingerprint = /give it to every verifier, once: --key (\S{43})$/m.exec(said)?.[1]
    // A key id is its first eight bytes, ten characters and two thirds.
    expect(fingerprint?.slice(0, 10)).toBe(successor.slice(0, 10))
    // Bundles are signed by one city; the keys of the others make none.
    expect(await linesOf('511400', true)).not.toContain('--key')
  })

  it('must be named: a wrong city, key or option changes nothing and says what is wrong', async () => {
    for (const [city, kid] of [
      ['510100', 'AAAAAAAAAAA'],
      ['999999', 'x'],
    ] as const) {
      await expect(reportCompromise(api.deps, { city, kid, yes: true }, () => {})).rejects.toThrow(
        `${city} has no key ${kid}`,
      )
    }
    expect(await run('keys', 'compromised', '--kid', 'x')).toMatchObject({
      code: 1,
      out: expect.stringContaining('Usage: keys compromised --issuer CITY --kid KID [--yes]'),
    })
  })
})
