import { mkdir, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { revokeKey, rotateKey } from '../../src/issuers/index.ts'
import { readBundle } from '../../src/trust/offline/read-bundle.ts'
import { readTrustedHubs, rememberBundle } from '../../src/trust/offline/trusted-hub.ts'
import { useDatabase } from '../support/database.ts'
import { newKey, resign, withKey } from './forge.ts'
import { bundleOf, institutions, lineOf, linesOf, useHub } from './hub.ts'

const hub = useHub(useDatabase())
const CITIES = ['510100', '510600', '511400', '512000'] as const

interface Offline {
  readonly verdict: string
  readonly reasons: readonly { readonly code: string }[]
  readonly freshness: { readonly state: string; readonly statusAgeMs: number }
  readonly offline: { readonly sequence: number; readonly key: string; readonly notKnown: readonly { code: string }[] }
  readonly [member: string]: unknown
}

/** What the command says of each code, with a memory of its own where none is named. */
let memories = 0
async function offline(bundle: Buffer, codes: readonly string[], args: readonly string[] = [], dataDir?: string) {
  const file = await hub.keep('bundle.jws', bundle)
  const { exit, out, err } = await hub.verify(['--bundle', file, '--json', ...args, '-'], {
    dataDir: dataDir ?? join(hub.dir, `memory-${memories++}`),
    input: codes.join('\n'),
  })
  const verdicts = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Offline)
  return { exit, err, verdicts }
}
const reasonsOf = (verdict: { readonly reasons: readonly { readonly code: string }[] } | undefined) =>
  (verdict?.reasons ?? []).map((one) => one.code)

describe('online and offline', () => {
  const tokens: { name: string; token: string }[] = []

  beforeAll(async () => {
    let person = 0
    for (const city of CITIES) {
      for (const algorithm of ['ES256', 'EdDSA', 'SM2-SM3'] as const) {
        const good = await hub.issue(person++, city, { algorithm })
        tokens.push({ name: `card ${city} ${algorithm}`, token: good.card })
        tokens.push({ name: `code ${city} ${algorithm}`, token: await hub.code(good.cardId, city, { algorithm }) })
        tokens.push({
          name: `code for treatment ${city} ${algorithm}`,
          token: await hub.code(good.cardId, city, { algorithm, purpose: 'treatment' }),
        })
      }
      const suspended = await hub.issue(person++, city)
      tokens.push({ name: `suspended ${city}`, token: suspended.card })
      await hub.change(suspended.cardId, 'suspension', city)
      const revoked = await hub.issue(person++, city)
      tokens.push({ name: `revoked ${city}`, token: revoked.card })
      tokens.push({ name: `code of a revoked card ${city}`, token: await hub.code(revoked.cardId, city) })
      await hub.change(revoked.cardId, 'revocation', city)
    }
    // A key that loses all force, and one that is only followed by another.
    const kid = await rotateKey(hub.api.deps, { city: '512000', use: 'card' })
    await hub.api.refresh()
    const under = await hub.issue(person++, '512000')
    tokens.push({ name: 'card under a key that is then revoked', token: under.card })
    await rotateKey(hub.api.deps, { city: '512000', use: 'card' })
    await revokeKey(hub.api.deps, '512000', kid)
    await hub.api.refresh()
  })

  it('agree on every card and code, in every reason', async () => {
    const bundle = await hub.fetchBundle()
    const { verdicts, exit } = await offline(
      bundle,
      tokens.map((one) => one.token),
    )
    expect(exit).toBe(1)
    const seen = new Set<string>()
    for (const [at, { name, token }] of tokens.entries()) {
      const online = await hub.verifyOnline(token)
      const off = verdicts[at]
      expect({ verdict: off?.verdict, reasons: off?.reasons }, name).toEqual({
        verdict: online.verdict,
        reasons: online.reasons,
      })
      for (const member of ['kind', 'algorithm', 'cardId', 'issuer', 'issuedAt', 'expiresAt', 'clockSkewS']) {
        expect(off?.[member], `${name} ${member}`).toEqual(online[member])
      }
      for (const code of reasonsOf(online)) seen.add(code)
    }
    expect([...seen].sort()).toEqual(['key-revoked', 'purpose-mismatch', 'revoked', 'suspended'])
  })

  it('agree on mutated cards and codes', async () => {
    const bundle = await hub.fetchBundle()
    const mutated = fc.sample(
      fc
        .tuple(
          fc.constantFrom(...tokens.map((one) => one.token)),
          fc.nat(),
          fc.constantFrom('A', 'a', '0', '-', '_', '.', '=', '~', ' ', 'é'),
        )
        .map(([token, at, sign]) => {
          const place = at % token.length
          return token.slice(0, place) + sign + token.slice(place + 1)
        }),
      400,
    )
    const { verdicts } = await offline(bundle, mutated)
    for (const [at, token] of mutated.entries()) {
      const online = await hub.verifyOnline(token)
      expect({ ...verdicts[at], token }).toMatchObject({ verdict: online.verdict, reasons: online.reasons, token })
    }
  })

  it('agree before, in and after the life of a code', async () => {
    const { cardId } = await hub.issue(25)
    const code = await hub.code(cardId)
    const bundle = await hub.fetchBundle()
    const startMs = hub.api.deps.clock.now().getTime()
    const seen = new Set<string>()
    for (const s of [0, 30, 59, 60, 61, 600]) {
      hub.api.deps.clock.set(new Date(startMs + s * 1000).toISOString())
      const online = await hub.verifyOnline(code)
      const { verdicts } = await offline(bundle, [code])
      expect(reasonsOf(verdicts[0]), `after ${s} s`).toEqual(reasonsOf(online))
      for (const one of reasonsOf(online)) seen.add(one)
    }
    expect([...seen]).toEqual(['expired'])
  })

  it('differ where only the hub can know: money needs the network, and a used code is taken again', async () => {
    const { cardId } = await hub.issue(26)
    const code = await hub.code(cardId)
    const bundle = await hub.fetchBundle()
    expect((await hub.verifyOnline(code, { singleUse: true })).verdict).toBe('accepted')
    expect(reasonsOf(await hub.verifyOnline(code, { singleUse: true }))).toEqual(['replayed'])
    const { verdicts, exit } = await offline(bundle, [code])
    expect(exit).toBe(0)
    expect(verdicts[0]?.offline.notKnown.map((one) => one.code)).toContain('used-before')
    // An institution is recognised by the insured city, which a bundle does not know: nothing is paid on its word.
    for (const purpose of ['settlement', 'purchase']) {
      const paying = await offline(bundle, [code], ['--purpose', purpose, '--institution', institutions[0]!.code])
      expect([paying.exit, reasonsOf(paying.verdicts[0])]).toEqual([1, ['institution-not-recognised']])
    }
  })

  it('know the same of an institution, but for the insured city', async () => {
    const { card } = await hub.issue(27)
    const bundle = await hub.fetchBundle()
    const { verdicts } = await offline(bundle, [card], ['--institution', institutions[0]!.code])
    const reasons = (verdicts[0] as { recognition?: { reasons: { code: string }[] } }).recognition?.reasons
    expect(reasons?.map((one) => one.code)).toEqual(['insured-city-unknown'])
    const unknown = await offline(bundle, [card], ['--institution', 'H51010099999'])
    const [first] =
      (unknown.verdicts[0] as { recognition?: { reasons: { code: string }[] } }).recognition?.reasons ?? []
    expect(first?.code).toBe('unknown')
  })
})

describe('the age of a bundle', () => {
  it('is said, first fresh, then stale, and at last nothing is accepted', async () => {
    const { card } = await hub.issue(20)
    const bundle = await hub.fetchBundle()
    const start = hub.api.deps.clock.now().getTime()
    const after = async (s: number) => {
      const at = new Date(start + s * 1000).toISOString()
      const { exit, verdicts } = await offline(bundle, [card], ['--at', at])
      return [exit, verdicts[0]?.freshness.state, reasonsOf(verdicts[0])]
    }
    expect(await after(0)).toEqual([0, 'fresh', []])
    expect(await after(8 * 3600 - 10)).toEqual([0, 'fresh', []])
    expect(await after(8 * 3600 + 10)).toEqual([0, 'stale', []])
    expect(await after(12 * 3600 - 10)).toEqual([0, 'stale', []])
    expect(await after(12 * 3600 + 1)).toEqual([1, 'too-old', ['status-too-old']])
    expect(await after(400 * 86_400)).toEqual([1, 'too-old', ['status-too-old']])
  })

  it('refuses certificates of others and health codes too when it is over', async () => {
    const bundle = await hub.fetchBundle()
    const at = new Date(hub.api.deps.clock.now().getTime() + 13 * 3_600_000).toISOString()
    const { verdicts } = await offline(bundle, ['HC1:ABC', 'shc:/5676290', 'a.b.c'], ['--at', at])
    for (const verdict of verdicts.slice(0, 2)) expect(reasonsOf(verdict)).toContain('status-too-old')
    expect(verdicts.map((one) => one.verdict)).toEqual(['refused', 'refused', 'refused'])
  })

  it('from the future is a fault: the clock of the verifier is wrong', async () => {
    const bundle = await hub.fetchBundle()
    const at = new Date(hub.api.deps.clock.now().getTime() - 60_000).toISOString()
    const { exit, err } = await offline(bundle, ['x'], ['--at', at])
    expect(exit).toBe(2)
    expect(err).toMatch(/clock/)
  })
})

describe('what the verifier remembers', () => {
  it('trusts the first key loudly, and no other one after it', async () => {
    const { card } = await hub.issue(21)
    const bundle = await hub.fetchBundle()
    const memory = join(hub.dir, 'first-use')
    const first = await offline(bundle, [card], [], memory)
    expect(first.exit).toBe(0)
    expect(first.err).toMatch(/FIRST USE/)
    expect(first.err).toContain(first.verdicts[0]?.offline.key)
    expect((await offline(bundle, [card], [], memory)).err).toBe('')

    const stranger = newKey()
    const parts = ([issuers = '', ...rest]: string[]) => [withKey(issuers, stranger), ...rest]
    for (const manifest of [{ seq: 10_000_000 }, { seq: 10_000_000, hub: 'http://127.0.0.1:9999' }]) {
      const forged = await offline(resign(bundle, stranger, { parts, manifest }), [card], [], memory)
      expect([forged.exit, forged.verdicts]).toEqual([2, []])
      expect(forged.err).toContain(stranger.fingerprint)
    }
  })

  it('takes the named key alone, as fingerprint or as file', async () => {
    const { card } = await hub.issue(22)
    const bundle = await hub.fetchBundle()
    const { verdicts } = await offline(bundle, [card])
    const key = verdicts[0]?.offline.key ?? ''
    const named = await offline(bundle, [card], ['--key', key])
    expect([named.exit, named.err]).toEqual([0, ''])
    const issuers = JSON.parse(linesOf(bundle)[lineOf(bundle, 'issuers')]!) as {
      keys: { uses: string[]; jwk: object }[]
    }[]
    const jwk = issuers[0]?.keys.find((one) => one.uses.includes('bundle'))?.jwk
    const file = await hub.keep('key.json', JSON.stringify(jwk))
    expect((await offline(bundle, [card], ['--key', file])).exit).toBe(0)
    expect((await offline(bundle, [card], ['--key', newKey().fingerprint])).exit).toBe(2)
    expect((await offline(bundle, [card], ['--key', await hub.keep('none.json', '{}')])).exit).toBe(2)
  })

  it('refuses an older bundle than the newest it has seen, unless that is asked for', async () => {
    const { cardId, card } = await hub.issue(23)
    const older = await hub.fetchBundle()
    await hub.change(cardId, 'revocation')
    const newer = await hub.fetchBundle()
    const memory = join(hub.dir, 'rollback')
    expect((await offline(older, [card], [], memory)).exit).toBe(0)
    expect(reasonsOf((await offline(newer, [card], [], memory)).verdicts[0])).toEqual(['revoked'])
    const back = await offline(older, [card], [], memory)
    expect([back.exit, back.verdicts]).toEqual([2, []])
    expect(back.err).toMatch(/older/)
    const forced = await offline(older, [card], ['--allow-older'], memory)
    expect(forced.exit).toBe(0)
    expect(forced.err).toMatch(/WARNING/)
    // Asking for it once changes nothing for later.
    expect((await offline(older, [card], [], memory)).exit).toBe(2)
    expect((await offline(newer, [card], [], memory)).exit).toBe(1)
  })

  it('follows the hub to its next key when that stood in a bundle before it signed', async () => {
    const { card } = await hub.issue(24)
    const memory = join(hub.dir, 'rotation')
    const activeFrom = new Date(hub.api.deps.clock.now().getTime() + 3_600_000)
    await rotateKey(hub.api.deps, { city: '510100', use: 'bundle', activeFrom })
    const before = await offline(await hub.fetchBundle(), [card], [], memory)
    hub.api.deps.clock.set(new Date(activeFrom.getTime() + 1_000).toISOString())
    const after = await offline(await hub.fetchBundle(), [card], [], memory)
    expect([before.exit, after.exit]).toEqual([0, 0])
    expect(after.verdicts[0]?.offline.key).not.toBe(before.verdicts[0]?.offline.key)
  })

  it('begins anew with a key that is named, whatever number a stolen key has put into its memory', async () => {
    const { card } = await hub.issue(39)
    const bundle = await hub.fetchBundle()
    const memory = join(hub.dir, 'stolen')
    const thief = newKey()
    const forged = resign(bundle, thief, {
      // It names the honest keys too, so that they are no news.
      parts: ([issuers = '', ...rest]) => [withKey(issuers, thief), ...rest],
      manifest: { seq: 1_000_000_000 },
    })
    const taken = await offline(forged, [card], ['--key', thief.fingerprint], memory)
    expect([taken.exit, taken.err]).toEqual([0, ''])
    expect((await offline(bundle, [card], [], memory)).exit).toBe(2)
    const key = (await offline(bundle, [card])).verdicts[0]?.offline.key ?? ''
    const named = await offline(bundle, [card], ['--key', key], memory)
    expect([named.exit, named.err]).toEqual([0, ''])
    expect((await offline(bundle, [card], [], memory)).exit).toBe(0)
    expect((await offline(forged, [card], [], memory)).err).toContain(thief.fingerprint)
  })

  it('is not set back by another verifier that has an older bundle in hand at the same moment', async () => {
    const older = await hub.fetchBundle()
    const newer = await hub.fetchBundle()
    const memory = join(hub.dir, 'together')
    expect((await offline(older, ['x'], [], memory)).exit).toBe(1)
    const read = async (bytes: Buffer) => {
      const answer = await readBundle(bytes, () => true)
      if (!answer.ok) throw new Error(answer.detail)
      return answer.bundle
    }
    const [small, large] = [await read(older), await read(newer)]
    const file = join(memory, 'trust', 'trusted-hubs.json')
    for (let round = 0; round < 20; round++) {
      await rm(file)
      await Promise.all([small, large, small, large, small].map((one) => rememberBundle(memory, one)))
      expect((await readTrustedHubs(memory)).map((one) => one.seq)).toEqual([large.manifest.seq])
    }
    expect(await readdir(join(memory, 'trust'))).toEqual(['trusted-hubs.json'])
  })

  it('is only read where the bundle is no news', async () => {
    const bundle = await hub.fetchBundle()
    const memory = join(hub.dir, 'read-only')
    await offline(bundle, ['x'], [], memory)
    const lock = join(memory, 'trust', 'trusted-hubs.json.lock')
    await writeFile(lock, '')
    const began = performance.now()
    expect((await offline(bundle, ['x'], [], memory)).exit).toBe(1)
    // Whoever waits for this lock waits ten seconds, and takes it away.
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await readdir(join(memory, 'trust'))).toContain('trusted-hubs.json.lock')
  })

  it('is kept although a verifier was killed while it wrote', async () => {
    const bundle = await hub.fetchBundle()
    const memory = join(hub.dir, 'killed')
    await mkdir(join(memory, 'trust'), { recursive: true })
    const lock = join(memory, 'trust', 'trusted-hubs.json.lock')
    await writeFile(lock, '')
    const longAgo = new Date(Date.now() - 60_000)
    await utimes(lock, longAgo, longAgo)
    expect((await offline(bundle, ['x'], [], memory)).exit).toBe(1)
    expect(await readTrustedHubs(memory)).toHaveLength(1)
  })

  it('stops where its memory is damaged, rather than trust anew', async () => {
    const memory = join(hub.dir, 'damaged')
    const bundle = await hub.fetchBundle()
    await offline(bundle, ['x'], [], memory)
    await truncate(join(memory, 'trust', 'trusted-hubs.json'), 10)
    const { exit, err } = await offline(bundle, ['x'], [], memory)
    expect(exit).toBe(2)
    expect(err).toMatch(/damaged/)
  })
})

describe('the command', () => {
  it('says in both languages what it found, and what it cannot know', async () => {
    const { cardId, card } = await hub.issue(28)
    const file = await hub.keep('b.jws', await hub.fetchBundle())
    const good = await hub.verify(['--bundle', file, card])
    expect(good.exit).toBe(0)
    expect(good.out).toMatch(/接受 ACCEPTED/)
    expect(good.out).toMatch(/成都市 Chengdu/)
    expect(good.out).toMatch(/离线不可知 not known offline: 持卡人/)
    await hub.change(cardId, 'suspension')
    const again = await hub.keep('b.jws', await hub.fetchBundle())
    const bad = await hub.verify(['--bundle', again, card, 'nonsense'])
    expect(bad.exit).toBe(1)
    expect(bad.out).toMatch(/拒绝 REFUSED[\s\S]*suspended: 该卡已暂停使用[\s\S]*拒绝 REFUSED[\s\S]*malformed/)
  })

  it('ends with 2 for a wrong call, a missing or huge file, or no code', async () => {
    const file = await hub.keep('b.jws', await hub.fetchBundle())
    const huge = await hub.keep('huge.jws', '')
    // Sparse: it takes no room.
    await truncate(huge, 3_000_000_000)
    const wrong = [
      [],
      ['--bundle', file],
      ['--bundle', file, '--purpose', 'fun', 'x'],
      ['--bundle', join(hub.dir, 'missing'), 'x'],
      ['--bundle', hub.dir, 'x'],
      ['--bundle', huge, 'x'],
      ['--bundle', file, '-'],
      ['--bundle', file, '--qr', file],
      ['--bundle', file, '--qr', huge],
      ['--bundle', file, '--key', 'x', 'x'],
    ]
    for (const args of wrong) {
      const { exit, out, err } = await hub.verify(args)
      expect([args, exit, out]).toEqual([args, 2, ''])
      expect(err).not.toBe('')
    }
  })

  it('reads a picture of a card', async () => {
    const { cardId, card } = await hub.issue(29)
    const picture = await hub.api.app.inject({
      method: 'GET',
      url: `/cards/${cardId}/code.svg?kind=static`,
      headers: await hub.api.token('issuer', { city: '510100' }),
    })
    expect(picture.statusCode, picture.body.slice(0, 300)).toBe(200)
    const file = await hub.keep('card.svg', picture.body)
    const bundle = await hub.keep('b.jws', await hub.fetchBundle())
    const { exit, out } = await hub.verify(['--bundle', bundle, '--json', '--qr', file, card])
    expect(exit).toBe(0)
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { cardId: string; kind: string })
    expect([first?.cardId, second?.cardId]).toEqual([cardId, cardId])
  })

  it('refuses a bundle whose lines were put together by hand', async () => {
    const bundle = await hub.fetchBundle()
    const lines = linesOf(bundle)
    lines[lineOf(bundle, 'institutions')] = '[]'
    const { exit, err } = await offline(bundleOf(lines), ['x'])
    expect(exit).toBe(2)
    expect(err).toMatch(/not the one that was signed/)
  })
})
