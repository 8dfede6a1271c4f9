import { sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { verifyCode } from '../../src/cards/index.ts'
import { encodeStatusList, statusListPayload } from '../../src/statuslist/index.ts'
import { describePart, writeContainer } from '../../src/trust/container.ts'
import { bundleMemory } from '../../src/trust/offline/bundle-memory.ts'
import { readBundle } from '../../src/trust/offline/read-bundle.ts'
import { newKey } from './forge.ts'

const CARDS = 30_000_000
const INSTITUTIONS = 20_000
const IAT = 1_790_000_000
const HUB = 'https://hub.example'
const ISS = 'urn:yimatong:510100'

const key = newKey()

function signed(typ: string, payload: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${encode({ alg: 'ES256', kid: key.kid, typ })}.${encode(payload)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

/** Every fiftieth card is revoked, pseudo-randomly spread. */
function statuses(): Uint8Array {
  const bits = new Uint8Array(CARDS / 4)
  for (let card = 0, seed = 1; card < CARDS; card += 1 + (seed % 100)) {
    seed = (seed * 48_271) % 2_147_483_647
    bits[card >>> 2]! |= 1 << ((card & 3) << 1)
  }
  return bits
}

async function fullBundle(bits: Uint8Array): Promise<Buffer> {
  const keyJson = {
    kid: key.kid,
    alg: 'ES256',
    uses: ['card', 'status', 'bundle'],
    activeFrom: 0,
    retiredAt: null,
    verifyUntil: null,
    revoked: false,
    jwk: key.jwk,
  }
  const list = statusListPayload({
    iss: ISS,
    sub: `${HUB}/trust/status-lists/510100`,
    iat: IAT,
    exp: IAT + 86_400,
    ttl: 60,
    bits: 2,
    lst: await encodeStatusList(2, bits),
  })
  const period = { from: '2015-01-01', to: null }
  const institutions = Array.from({ length: INSTITUTIONS }, (_, at) => ({
    code: `H510100${String(at).padStart(5, '0')}`,
    kind: 'hospital',
    city: '510100',
    designations: [period],
    suspensions: [],
    recognitions: ['510100', '510600', '511400', '512000'].map((insuredCity) => ({ insuredCity, ...period })),
  }))
  const parts: [string, Buffer][] = [
    ['issuers', Buffer.from(JSON.stringify([{ iss: ISS, city: '510100', keys: [keyJson] }]))],
    ['status-list:510100', Buffer.from(signed('statuslist+jwt', list))],
    ['institutions', Buffer.from(JSON.stringify(institutions))],
    ['health-codes', Buffer.from('{}')],
    ['foreign', Buffer.from('{}')],
  ]
  const manifest = signed('ymt-trust-bundle+jwt', {
    iss: ISS,
    hub: HUB,
    seq: 1,
    iat: IAT,
    asOf: IAT,
    exp: IAT + 43_200,
    clockSkewS: 5,
    policyFrom: '2026-01-01',
    warnAfterS: 28_800,
    parts: parts.map(([name, part]) => describePart(name, part)),
  })
  return writeContainer(
    manifest,
    parts.map(([, part]) => part),
  )
}

describe('a bundle of thirty million cards and twenty thousand institutions', () => {
  it('is read in less than two seconds and answers for any card', async () => {
    const bits = statuses()
    const bytes = await fullBundle(bits)
    const began = performance.now()
    const read = await readBundle(bytes, () => true)
    const ms = performance.now() - began
    if (!read.ok) throw new Error(read.detail)
    expect(ms).toBeLessThan(2_000)
    expect(read.bundle.lists.get('510100')?.bytes.length).toBe(7_500_000)

    const memory = bundleMemory(read.bundle, IAT * 1000)
    const card = (idx: number) =>
      signed('ymt-card+jwt', {
        iss: ISS,
        jti: '01975b4e-0000-7e10-9b1f-0f6f1c2d3e4f',
        iat: IAT - 100,
        exp: IAT + 100_000,
        idx,
      })
    for (const idx of [0, 1, 2, 12_345_678, CARDS - 1, CARDS]) {
      const status = idx < CARDS ? ((bits[idx >>> 2] ?? 0) >> ((idx & 3) << 1)) & 3 : 3
      const verdict = await verifyCode(memory, card(idx), { nowMs: IAT * 1000, clockSkewS: 5, purpose: 'check-in' })
      const expected = status === 0 ? [] : status === 3 ? ['card-unknown'] : ['revoked']
      expect(
        verdict.reasons.map((one) => one.code),
        `place ${idx}`,
      ).toEqual(expected)
    }
  }, 60_000)
})
