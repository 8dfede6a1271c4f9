import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  HEALTH_CODE_TYPE,
  healthCodeMap,
  healthCodeMemory,
  openHealthCodeState,
  verifyHealthCode,
} from '../../src/healthcodes/index.ts'
import { generateKey, openSigner } from '../../src/issuers/algorithms.ts'
import { sm2Here } from '../../src/issuers/sm2/open-sm2.ts'
import { useDatabase } from '../support/database.ts'
import { APPROVER, DEYANG_CDC, DEYANG_LEAD, OPERATOR, OTHER_OPERATOR, PROPOSER, useEmergency } from './emergency.ts'

const hub = useEmergency(useDatabase(), 3)
const NAME = 'urn:health-code:500000'
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const edwards = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = (key: KeyObject, kid: string, alg: string) => {
  const { kty, crv, x, y } = key.export({ format: 'jwk' })
  return { kid, alg, kty, crv, x, ...(y === undefined ? {} : { y }) }
}
const seconds = (): number => Math.floor(hub.deps.clock.now().getTime() / 1000)
const encode = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A code of the foreign issuer, right in everything but what is changed. */
function make(
  change: { header?: object; payload?: object; key?: KeyObject; raw?: string } = {},
  algorithm: 'ES256' | 'EdDSA' = 'ES256',
): string {
  const kid = algorithm === 'ES256' ? 'k1' : 'k2'
  const header = encode({ alg: algorithm, kid, typ: HEALTH_CODE_TYPE, ...change.header })
  const payload = encode(
    change.raw ?? {
      iss: NAME,
      sub: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
      lvl: 'B',
      ver: 1,
      iat: seconds(),
      exp: seconds() + 3_600,
      ...change.payload,
    },
  )
  const signed = Buffer.from(`${header}.${payload}`)
  const key = change.key ?? (algorithm === 'ES256' ? pair.privateKey : edwards.privateKey)
  const signature =
    algorithm === 'ES256' ? sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }) : sign(null, signed, key)
  return `${header}.${payload}.${signature.toString('base64url')}`
}

const body = (change: object = {}) => ({
  issuer: NAME,
  version: 1,
  name: { zh: '重庆市', en: 'Chongqing' },
  region: '500000',
  keys: [jwk(pair.publicKey, 'k1', 'ES256'), jwk(edwards.publicKey, 'k2', 'EdDSA')],
  levels: [
    { issuerLevel: 'A', level: 'green' },
    { issuerLevel: 'B', level: 'yellow' },
    // A word that must not count: their "green" is our red.
    { issuerLevel: 'green', level: 'red' },
  ],
  from: hub.inHours(-48),
  source: '示例',
  verified: false,
  officer: OPERATOR.officer,
  ...change,
})
const register = (change: object = {}, who = OPERATOR) =>
  hub.post(who, '/healthcodes/issuers', { ...body(change), officer: who.officer })
const approve = (id: string, who = OTHER_OPERATOR) =>
  hub.post(who, `/healthcodes/issuers/${id}/approval`, { officer: who.officer })

const reasons = async (code: string): Promise<readonly string[]> => {
  const { status, body: verdict } = await hub.verify(code)
  expect(status).toBe(200)
  expect(verdict.result).toBe(verdict.reasons.length === 0 ? 'recognised' : 'notRecognised')
  // Never green and never red: no level at all.
  if (verdict.result === 'notRecognised') expect(verdict.level).toBeUndefined()
  return verdict.reasons.map((one: { code: string }) => one.code)
}

beforeAll(async () => {
  await hub.activate()
})

describe('a foreign issuer', () => {
  let first = ''

  it('counts for nothing before a second person has approved it', async () => {
    expect(await reasons(make())).toEqual(['issuer-unknown'])
    const registered = await register()
    expect([registered.status, registered.body.state]).toEqual([201, 'proposed'])
    first = registered.body.issuerVersionId
    expect(await reasons(make())).toEqual(['issuer-unknown'])
    for (const who of [OPERATOR, { ...OTHER_OPERATOR, officer: 'OP-01' }, { ...OPERATOR, officer: 'op-02' }]) {
      expect((await approve(first, who)).body.code).toBe('healthcodes.other-person-needed')
    }
    expect((await approve(first)).body.state).toBe('approved')
    expect((await approve(first)).body.code).toBe('healthcodes.issuer-decided')
    expect((await register()).body.code).toBe('healthcodes.issuer-exists')
  })

  it('is recognised with its mapped level and freshness', async () => {
    const { body: verdict } = await hub.verify(make({ payload: { iat: seconds() - 600 } }))
    expect(verdict).toMatchObject({
      result: 'recognised',
      level: 'yellow',
      issuerName: { zh: '重庆市' },
      region: '500000',
      issuerLevel: 'B',
      freshness: { ageS: 600, maxAgeS: 86_400, comparedWithIssuer: false },
    })
    expect((await hub.verify(make({}, 'EdDSA'))).body.level).toBe('yellow')
    expect((await hub.verify(make({ payload: { lvl: 'green' } }))).body.level).toBe('red')
  })

  it.each([
    ['another issuer', { payload: { iss: 'urn:health-code:999999' } }, ['issuer-unknown']],
    ['an unknown level', { payload: { lvl: 'C' } }, ['level-unknown']],
    ['a level by its colour word', { payload: { lvl: '红码' } }, ['level-unknown']],
    ['an unknown version', { payload: { ver: 7 } }, ['version-unknown']],
    ['an unknown key', { header: { kid: 'k9' } }, ['key-unknown']],
    ['the key of another algorithm', { header: { kid: 'k2' } }, ['algorithm-not-allowed']],
    ['no algorithm', { header: { alg: 'none' } }, ['algorithm-not-allowed']],
    ['an HMAC', { header: { alg: 'HS256' } }, ['algorithm-not-allowed']],
    ['another signer', { key: stranger.privateKey }, ['signature-invalid']],
    ['another type of token', { header: { typ: 'ymt-code+jwt' } }, ['malformed']],
    ['a further header', { header: { crit: ['x'] } }, ['malformed']],
    ['a further member', { payload: { name: 'x' } }, ['malformed']],
    ['a time in words', { payload: { iat: '2026' } }, ['malformed']],
    ['a negative time', { payload: { iat: -1 } }, ['malformed']],
    ['half a second', { payload: { iat: 1.5 } }, ['malformed']],
    ['a version of no kind', { payload: { ver: '1' } }, ['malformed']],
    ['the name of a city of ours', { payload: { iss: 'urn:yimatong:510100' } }, ['key-unknown']],
  ] as const)('with %s is not recognised', async (_, change, expected) => {
    expect(await reasons(make(change))).toEqual(expected)
  })

  it('too old, of the future, or ended is not recognised, with every reason', async () => {
    const at = seconds()
    expect(await reasons(make({ payload: { iat: at - 86_400 - 301 } }))).toEqual(['too-old'])
    expect(await reasons(make({ payload: { iat: at + 301 } }))).toEqual(['not-yet-valid'])
    expect(await reasons(make({ payload: { iat: at + 299 } }))).toEqual([])
    expect(await reasons(make({ payload: { iat: at - 100_000, exp: at - 301, lvl: 'Z' } }))).toEqual([
      'level-unknown',
      'expired',
      'too-old',
    ])
    expect(await reasons(make({ payload: { iat: at - 49 * 3_600 } }))).toEqual(['version-not-in-force', 'too-old'])
  })

  it('with a member twice, or a signature in another spelling, is not recognised', async () => {
    const good = make()
    expect(await reasons(make({ raw: `{"iss":"${NAME}","iss":"urn:yimatong:510100","lvl":"A"}` }))).toEqual([
      'malformed',
    ])
    const [header, payload, signature = ''] = good.split('.')
    expect(await reasons(`${header}.${payload}.${signature}=`)).toEqual(['malformed'])
    expect(await reasons(`${good}.x`)).toEqual(['malformed'])
    expect(await reasons(`${header}.${payload}.`)).toEqual(['malformed'])
  })

  it('in no change of a single character is recognised', async () => {
    const good = make()
    const memory = {
      keys: hub.live.issuerKeys,
      registry: hub.live.healthCodes.registry(),
      policy: hub.live.healthCodes.policy(),
      isActive: () => true,
    }
    const nowMs = hub.deps.clock.now().getTime()
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.string({ unit: 'binary-ascii', minLength: 0, maxLength: 2 }),
        async (at, put) => {
          const mutated = good.slice(0, at) + put + good.slice(at + 1)
          if (mutated === good) return
          expect((await verifyHealthCode(memory, mutated, { nowMs })).result).toBe('notRecognised')
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('of an ended version is refused by it, and of a withdrawn one is unknown at once', async () => {
    const second = await register({ version: 2, from: hub.inHours(-1), to: hub.inHours(1), maxAgeS: 600 })
    await approve(second.body.issuerVersionId)
    expect(await reasons(make({ payload: { ver: 2 } }))).toEqual([])
    expect(await reasons(make({ payload: { ver: 2, iat: seconds() - 901 } }))).toEqual(['too-old'])
    hub.deps.clock.advance(3_600_000)
    expect(await reasons(make({ payload: { ver: 2 } }))).toEqual(['version-not-in-force'])
    const withdrawn = await hub.post(OPERATOR, `/healthcodes/issuers/${first}/withdrawal`, { officer: 'op-01' })
    expect(withdrawn.body.state).toBe('withdrawn')
    expect(await reasons(make())).toEqual(['version-unknown'])
  })

  it('is refused where its keys, its name or its levels cannot be right', async () => {
    const key = jwk(pair.publicKey, 'k1', 'ES256')
    const faults = async (change: object, who = OPERATOR) => {
      const { status, body: problem } = await register({ version: 9, ...change }, who)
      expect([status, problem.code]).toEqual([422, 'healthcodes.issuer-invalid'])
      return problem.errors.map((one: { pointer: string }) => one.pointer)
    }
    expect(await faults({ keys: [] })).toEqual(['/keys'])
    expect(await faults({ keys: [{ ...key, alg: 'EdDSA' }] })).toEqual(['/keys/0'])
    expect(await faults({ keys: [{ ...key, x: key.y }] })).toEqual(['/keys/0'])
    expect(await faults({ keys: [{ ...key, x: 'AAAA' }] })).toEqual(['/keys/0'])
    expect(await faults({ keys: [key, key] })).toEqual(['/keys/1/kid'])
    expect(await faults({ to: hub.inHours(-72) })).toEqual(['/to'])
    const twice = { issuerLevel: 'A', level: 'red' }
    expect(await faults({ levels: [twice, twice] })).toEqual(['/levels/1/issuerLevel'])
    expect(await faults({ issuer: 'urn:yimatong:510100' })).toEqual(['/issuer', '/keys'])
    expect(await faults({ issuer: 'urn:yimatong:510100', keys: [] }, DEYANG_CDC)).toEqual(['/issuer'])
  })
})

describe('a city’s own level table', () => {
  it('is changed by its CDC alone, and approved there', async () => {
    const own = { issuer: 'urn:yimatong:510100', version: 2, region: '510100', keys: [] }
    const { status, body: record } = await register(own, PROPOSER)
    expect(status).toBe(201)
    expect((await approve(record.issuerVersionId, DEYANG_LEAD)).body.code).toBe('healthcodes.issuer-not-found')
    expect((await approve(record.issuerVersionId, OTHER_OPERATOR)).body.code).toBe('healthcodes.issuer-not-found')
    expect((await approve(record.issuerVersionId, APPROVER)).body.state).toBe('approved')
  })
})

describe('the map for a bundle', () => {
  it('reads codes without a database, and sleeps when its orders have ended', async () => {
    const [id = ''] = hub.people
    await hub.turnYellow(id)
    const code = await hub.code(id)
    const map = JSON.parse(JSON.stringify(healthCodeMap(hub.live.healthCodes)))
    expect(JSON.stringify(map)).not.toContain(id)
    const memory = healthCodeMemory(map, hub.live.issuerKeys)
    const nowMs = hub.deps.clock.now().getTime()
    expect(await verifyHealthCode(memory, code, { nowMs })).toMatchObject({
      result: 'recognised',
      level: 'yellow',
      freshness: { comparedWithIssuer: false },
    })
    const later = await verifyHealthCode(memory, code, { nowMs: nowMs + 100 * 3_600_000 })
    expect(later.reasons.map((one) => one.code)).toEqual(['dormant'])
    const { policy: _, ...without } = map
    const blind = await verifyHealthCode(healthCodeMemory({ ...without, policy: [] }, hub.live.issuerKeys), code, {
      nowMs,
    })
    expect(blind.reasons.map((one) => one.code)).toEqual(['policy-missing'])
  })
})

describe('an SM2 key of a foreign issuer', () => {
  it('is prepared by the SM2 of the process as soon as it counts, and not again when another issuer comes', async () => {
    const name = 'urn:health-code:520000'
    const { publicJwk, privateText } = generateKey('SM2-SM3')
    const signIt = openSigner('SM2-SM3', privateText, publicJwk, sm2Here())
    const keys = [{ ...publicJwk, kid: 's1', alg: 'SM2-SM3' }]
    const opened: string[] = []
    const checker: typeof hub.live.issuerKeys.checker = (jwk) => {
      opened.push(jwk.x)
      return hub.live.issuerKeys.checker(jwk)
    }
    const state = await openHealthCodeState({ ...hub.deps, issuerKeys: { checker } })
    try {
      expect(opened).not.toContain(publicJwk.x)
      const { body: record } = await register({ issuer: name, region: '520000', keys })
      await approve(record.issuerVersionId)
      await state.refresh()
      const times = () => opened.filter((x) => x === publicJwk.x).length
      expect(times()).toBe(1)
      const check = state.registry().foreignKey(name, 's1', 1)?.verify
      const next = await register({ issuer: name, version: 2, region: '520000', keys })
      await approve(next.body.issuerVersionId)
      await state.refresh()
      expect([times(), state.registry().versions.filter((one) => one.issuer === name).length]).toEqual([1, 2])
      expect(state.registry().foreignKey(name, 's1', 1)?.verify).toBe(check)
    } finally {
      await state.close()
    }
    const unsigned = make({ header: { alg: 'SM2-SM3', kid: 's1' }, payload: { iss: name } })
      .split('.')
      .slice(0, 2)
    const signature = Buffer.from(await signIt(Buffer.from(unsigned.join('.'))))
    expect(await reasons([...unsigned, signature.toString('base64url')].join('.'))).toEqual([])
    expect(await reasons([...unsigned, Buffer.alloc(64, 1).toString('base64url')].join('.'))).toEqual([
      'signature-invalid',
    ])
  })
})

describe('another process', () => {
  it('sees a level within a second of its commit', async () => {
    const other = await openHealthCodeState({ ...hub.deps, issuerKeys: hub.live.issuerKeys })
    try {
      const [, id = ''] = hub.people
      const nowMs = hub.deps.clock.now().getTime()
      expect(other.levelOf(id, '510100', nowMs)).toEqual({ state: 'none' })
      await hub.turnYellow(id)
      const began = performance.now()
      while (other.levelOf(id, '510100', nowMs).state !== 'set' && performance.now() - began < 1_000) {
        await new Promise((done) => setTimeout(done, 5))
      }
      expect(other.levelOf(id, '510100', nowMs)).toMatchObject({ level: 'yellow' })
      expect(other.ageMs()).toBeLessThan(1_000)
    } finally {
      await other.close()
    }
  })
})
