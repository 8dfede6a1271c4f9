import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { sm2 as other } from 'sm-crypto-v2'
import { describe, expect, it } from 'vitest'
import { type CurveParams, groupOf, SM2_CURVE, toBigInt, toBytes } from '../../src/issuers/sm2/curve.ts'
import { addMultiple, prepareBase } from '../../src/issuers/sm2/fixed-base.ts'
import { selfTest } from '../../src/issuers/sm2/self-test.ts'
import { createSm2, DEFAULT_ID, type Sm2Code } from '../../src/issuers/sm2/sm2.ts'
import { sharedData } from '../support/shared-data.ts'

const code = createSm2()
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const { n } = SM2_CURVE

interface Vectors {
  readonly standard: { readonly publicKeyUncompressed: string; readonly ZA: string }
  readonly cases: readonly {
    readonly name: string
    readonly idUtf8: string
    readonly messageHex: string
    readonly signature: string
    readonly expected: string
  }[]
  readonly annexCurve: Readonly<Record<string, string>>
  readonly sm3: readonly { readonly messageUtf8: string; readonly digest: string }[]
}

const dir = sharedData('sm2')

describe.skipIf(dir === undefined)('the vectors of GB/T 32918', () => {
  const vectors = (dir === undefined ? undefined : JSON.parse(readFileSync(join(dir, 'kat.json'), 'utf8'))) as Vectors

  it('are judged as they must be, all fifteen', () => {
    const publicKey = hex(vectors.standard.publicKeyUncompressed.slice(2))
    const verdicts = vectors.cases.map(({ name, idUtf8, messageHex, signature }) => {
      const good = code.prepare(publicKey, Buffer.from(idUtf8))(hex(messageHex), hex(signature))
      return `${name} ${good ? 'valid' : 'invalid'}`
    })
    expect(verdicts).toHaveLength(15)
    expect(verdicts).toEqual(vectors.cases.map(({ name, expected }) => `${name} ${expected}`))
  })

  it('hold on the curve of the annex, too', () => {
    const of = (name: string): bigint => BigInt(`0x${vectors.annexCurve[name] ?? ''}`)
    const annex: CurveParams = {
      p: of('p'),
      a: of('a'),
      b: of('b'),
      n: of('n'),
      gx: of('gx'),
      gy: of('gy'),
    }
    const onAnnex = createSm2(annex)
    const { publicKeyUncompressed = '', idUtf8 = '', messageUtf8 = '', r = '', s = '' } = vectors.annexCurve
    const check = onAnnex.prepare(hex(publicKeyUncompressed.slice(2)), Buffer.from(idUtf8))
    expect(check(Buffer.from(messageUtf8), hex(r + s))).toBe(true)
    expect(check(Buffer.from(`${messageUtf8}.`), hex(r + s))).toBe(false)
    const fresh = onAnnex.generate()
    const own = onAnnex.prepare(fresh.publicKey)
    expect(own(Buffer.from('x'), onAnnex.sign(fresh, Buffer.from('x')))).toBe(true)
  })

  it('give the digests of SM3', () => {
    for (const { messageUtf8, digest } of vectors.sm3) {
      expect(Buffer.from(code.sm3(Buffer.from(messageUtf8))).toString('hex')).toBe(digest)
    }
  })
})

describe('the self-test at the start', () => {
  it('finds nothing wrong with the code that serves', () => {
    expect(selfTest(code)).toEqual([])
  })

  const broken: readonly (readonly [name: string, change: Partial<Sm2Code>, fault: string])[] = [
    [
      'a verifier that ignores the id',
      { prepare: (publicKey) => code.prepare(publicKey, Buffer.alloc(0)) },
      'the signature of GB/T 32918.5 is refused',
    ],
    [
      'a verifier that takes the default id for every other',
      { prepare: (publicKey) => code.prepare(publicKey) },
      'it is accepted under an empty id',
    ],
    ['a verifier that accepts everything', { prepare: () => () => true }, 'it is accepted for another message'],
    ['a verifier that refuses everything', { prepare: () => () => false }, 'a fresh signature is refused'],
    [
      'a verifier that throws',
      {
        prepare: () => () => {
          throw new Error('out of order')
        },
      },
      's = 0 is accepted',
    ],
    [
      'a signer with another id',
      {
        sign: (key, message) =>
          hex(other.doSignature(message, Buffer.from(key.privateKey).toString('hex'), { hash: true, userId: 'x' })),
      },
      'a fresh signature is refused',
    ],
    ['another digest', { sm3: () => Buffer.alloc(32) }, 'SM3 of "abc" is not that of GB/T 32905'],
  ]
  it.each(broken)('finds %s', (_name, change, fault) => {
    expect(selfTest({ ...code, ...change })).toContain(fault)
  })
})

describe('a signature', () => {
  const key = code.generate()
  const check = code.prepare(key.publicKey)
  const message = Buffer.from('一码通')
  const signature = code.sign(key, message)

  it('holds for its message alone, and in no other length', () => {
    expect(check(message, signature)).toBe(true)
    expect(check(Buffer.from('一码'), signature)).toBe(false)
    for (const bytes of [signature.subarray(1), Buffer.concat([signature, Buffer.alloc(1)]), Buffer.alloc(0)]) {
      expect(check(message, bytes)).toBe(false)
    }
  })

  it('holds no more when any bit of it is changed', () => {
    for (let bit = 0; bit < 512; bit++) {
      const changed = Buffer.from(signature)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(check(message, changed), `bit ${bit}`).toBe(false)
    }
  })

  it('refuses r and s outside 1 to n - 1, and their sum n', () => {
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
    const max = Buffer.alloc(32, 0xff)
    const zero = Buffer.alloc(32)
    for (const [one, two] of [
      [zero, s],
      [r, zero],
      [toBytes(n), s],
      [r, toBytes(n)],
      [max, max],
    ] as const) {
      expect(check(message, Buffer.concat([one, two]))).toBe(false)
    }
    expect(check(message, Buffer.concat([r, toBytes(n - toBigInt(r))]))).toBe(false)
    // With ECDSA this one would hold as well.
    expect(check(message, Buffer.concat([r, toBytes(n - toBigInt(s))]))).toBe(false)
  })

  it('is never made twice with the same secret number', () => {
    const firsts = Array.from({ length: 50 }, () => Buffer.from(code.sign(key, message)).toString('hex', 0, 32))
    expect(new Set(firsts).size).toBe(50)
  })

  it('is not prepared for by a point that is not on the curve', () => {
    expect(() => code.prepare(Buffer.alloc(64, 1))).toThrow('not on curve')
    expect(() => code.prepare(Buffer.alloc(63, 1))).toThrow('length')
  })
})

describe('another implementation (sm-crypto-v2)', () => {
  it('verifies what is signed here, and the other way round', () => {
    const key = code.generate()
    const check = code.prepare(key.publicKey)
    const publicKey = `04${Buffer.from(key.publicKey).toString('hex')}`
    const privateKey = Buffer.from(key.privateKey).toString('hex')
    const options = { hash: true, publicKey, userId: DEFAULT_ID.toString() }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
        const mine = Buffer.from(code.sign(key, message)).toString('hex')
        expect(other.doVerifySignature(message, mine, publicKey, options)).toBe(true)
        expect(check(message, hex(other.doSignature(message, privateKey, options)))).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})

describe('the prepared multiples of a point', () => {
  const group = groupOf(SM2_CURVE)
  const base = prepareBase(group, group.BASE)
  const affine = ({ X, Y, Z }: { X: bigint; Y: bigint; Z: bigint }) => {
    const inverse = group.Fp.inv(group.Fp.create(Z))
    const square = group.Fp.sqr(inverse)
    return {
      x: group.Fp.mul(group.Fp.create(X), square),
      y: group.Fp.mul(group.Fp.create(Y), group.Fp.mul(square, inverse)),
    }
  }

  it('give the same point as the complete formulas, at the edges of the digits too', () => {
    const edges = [
      1n,
      2n,
      127n,
      128n,
      129n,
      255n,
      256n,
      257n,
      (1n << 255n) + 128n,
      n - 1n,
      n - 2n,
      BigInt(`0x${'80'.repeat(31)}`),
      BigInt(`0x${'81'.repeat(31)}`),
      BigInt(`0x${'7f'.repeat(32)}`),
    ]
    const scalars = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 1n, max: n - 1n }))
    fc.assert(
      fc.property(scalars, (scalar) => {
        const sum = { X: 0n, Y: 1n, Z: 0n }
        expect(addMultiple(SM2_CURVE, sum, base, scalar)).toBe(true)
        expect(affine(sum)).toEqual(group.BASE.multiplyUnsafe(scalar).toAffine())
      }),
      { numRuns: 60 },
    )
  })

  it('say so where the short formula cannot add: the same point, or its opposite', () => {
    for (const scalar of [1n, n - 1n]) {
      const sum = { X: 0n, Y: 1n, Z: 0n }
      addMultiple(SM2_CURVE, sum, base, scalar)
      const before = { ...sum }
      // 1 is one digit: the addition meets the point itself or its opposite at once.
      expect(addMultiple(SM2_CURVE, sum, base, 1n)).toBe(false)
      expect(sum).toEqual(before)
    }
  })

  it('lead to the right verdict there: a key that is the base point itself', () => {
    // P = G, d = 1: with s = t both multiples meet, and the complete formulas decide.
    const publicKey = Buffer.concat([toBytes(SM2_CURVE.gx), toBytes(SM2_CURVE.gy)])
    const check = code.prepare(publicKey)
    const pair = { privateKey: toBytes(1n), publicKey }
    const message = Buffer.from('x')
    expect(check(message, code.sign(pair, message))).toBe(true)
    // t = r + s = -s: the sum is the neutral point, which has no x.
    for (const s of [1n, 2n, n - 1n]) {
      const r = (2n * n - 2n * s) % n
      expect(check(message, Buffer.concat([toBytes(r), toBytes(s)]))).toBe(false)
    }
    // t = 257: its lowest digit is the multiple that s has given already.
    expect(check(message, Buffer.concat([toBytes(256n), toBytes(1n)]))).toBe(false)
  })
})
