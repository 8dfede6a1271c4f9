import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  HEALTH_CODE_TYPE,
  type HealthCodeMap,
  healthCodeMemory,
  verifyHealthCode,
} from '../../src/healthcodes/index.ts'
import { LEVELS, type PolicyRow } from '../../src/healthcodes/types.ts'
import { type IssuerKey, jwkToVerifier } from '../../src/issuers/index.ts'

const NOW = Date.parse('2026-11-24T07:00:00Z')
const HOUR = 3_600_000
const ISS = 'urn:yimatong:510100'
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const figure = (name: PolicyRow['name'], value: number): PolicyRow => ({
  name,
  version: 1,
  value,
  from: '2020-01-01',
  to: null,
  source: 'test',
  verified: false,
})

const AWAKE: HealthCodeMap['active'] = [{ city: '510100', fromMs: NOW - HOUR, toMs: NOW + HOUR }]

/** An offline verifier that knows one city with one key. */
function memory(change: Partial<IssuerKey> = {}, active = AWAKE) {
  const key: IssuerKey = {
    kid: 'k1',
    iss: ISS,
    city: '510100',
    alg: 'ES256',
    uses: new Set(['health']),
    activeFromMs: NOW - 24 * HOUR,
    retiredAtMs: Number.POSITIVE_INFINITY,
    verifyUntilMs: Number.POSITIVE_INFINITY,
    revoked: false,
    verify: jwkToVerifier(pair.publicKey.export({ format: 'jwk' }) as Record<string, unknown>),
    ...change,
  }
  const version = {
    issuer: ISS,
    version: 1,
    city: '510100',
    name: { zh: '成都市', en: 'Chengdu' },
    region: '510100',
    keys: [],
    levels: [{ issuerLevel: '02', level: 'red' }],
    maxAgeS: null,
    fromMs: NOW - 48 * HOUR,
    toMs: null,
    source: 'test',
    verified: false,
  } as const
  return healthCodeMemory(
    {
      levels: LEVELS,
      issuers: [version],
      policy: [figure('code-max-age-s', 86_400), figure('clock-skew-s', 300)],
      active,
    },
    {
      issuer: (iss) => (iss === ISS ? { iss, city: '510100', keys: new Map([[key.kid, key]]) } : undefined),
    },
  )
}

function make(header: object = {}, payload: object = {}): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = NOW / 1000
  const claims = { iss: ISS, sub: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f', lvl: '02', ver: 1, iat, exp: iat + 600 }
  const signed = `${encode({ alg: 'ES256', kid: 'k1', typ: HEALTH_CODE_TYPE, ...header })}.${encode({ ...claims, ...payload })}`
  const signature = sign('sha256', Buffer.from(signed), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

const reasons = async (change: Partial<IssuerKey>, code = make()): Promise<readonly string[]> => {
  const verdict = await verifyHealthCode(memory(change), code, { nowMs: NOW })
  return verdict.reasons.map((one) => one.code)
}

describe('the key of a city', () => {
  it('recognises what it signed for health codes while it is in force', async () => {
    expect(await reasons({})).toEqual([])
    expect(await verifyHealthCode(memory(), make(), { nowMs: NOW })).toMatchObject({ level: 'red' })
  })

  it('recognises nothing once it is revoked, whatever it signed before', async () => {
    expect(await reasons({ revoked: true })).toEqual(['key-revoked'])
  })

  it('signs its uses alone: a key for cards makes no health codes', async () => {
    expect(await reasons({ uses: new Set(['card', 'code', 'status', 'bundle']) })).toEqual(['key-use-not-allowed'])
  })

  it('counts from its activation to its retirement, and to the end of its verification', async () => {
    expect(await reasons({ activeFromMs: NOW + 300_001 })).toEqual(['key-not-in-force'])
    expect(await reasons({ retiredAtMs: NOW - 300_001 })).toEqual(['key-not-in-force'])
    expect(await reasons({ verifyUntilMs: NOW - 1 })).toEqual(['key-not-in-force'])
  })

  it('counts for what was signed in the second in which it began or was retired', async () => {
    // `iat` is the beginning of the second.
    expect(await reasons({ activeFromMs: NOW + 999 })).toEqual([])
    expect(await reasons({ activeFromMs: NOW + 300_000 })).toEqual([])
    expect(await reasons({ retiredAtMs: NOW - 300_000 })).toEqual([])
  })

  it('says its algorithm itself, not the code', async () => {
    expect(await reasons({ alg: 'EdDSA' })).toEqual(['algorithm-not-allowed'])
    expect(await reasons({}, make({ alg: 'EdDSA' }))).toEqual(['algorithm-not-allowed'])
  })

  it('is waited for where its answer comes from another thread, and adds up with every other reason', async () => {
    expect(await reasons({ verify: () => Promise.resolve(true), uses: new Set() })).toEqual(['key-use-not-allowed'])
    expect(await reasons({ verify: () => Promise.resolve(false) })).toEqual(['signature-invalid'])
    const late = make({}, { lvl: '09', iat: NOW / 1000 - 100_000, exp: NOW / 1000 - 50_000 })
    expect(await reasons({ uses: new Set() }, late)).toEqual([
      'key-use-not-allowed',
      'key-not-in-force',
      'level-unknown',
      'expired',
      'too-old',
    ])
  })
})

describe('a city whose order has ended', () => {
  it('is not recognised offline either while the order of another city stands', async () => {
    const deyang = { city: '510600', fromMs: NOW - HOUR, toMs: NOW + HOUR } as const
    const ended = { city: '510100', fromMs: NOW - HOUR, toMs: NOW } as const
    const verdict = async (active: HealthCodeMap['active']) => {
      const { result, reasons: why } = await verifyHealthCode(memory({}, active), make(), { nowMs: NOW })
      return [result, why.map((one) => one.code)]
    }
    expect(await verdict([deyang])).toEqual(['notRecognised', ['superseded']])
    expect(await verdict([ended, deyang])).toEqual(['notRecognised', ['superseded']])
    expect(await verdict([...AWAKE, deyang])).toEqual(['recognised', []])
    expect(await verdict([ended])).toEqual(['notRecognised', ['dormant']])
  })
})
