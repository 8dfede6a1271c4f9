import type { Sm2Code } from './sm2.ts'

/** The example of GB/T 32918.5-2017 (also GM/T 0003.5-2012), under the default id. */
export const STANDARD = {
  publicKey: hex(
    '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020',
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  ),
  message: Buffer.from('message digest'),
  r: hex('f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3'),
  s: hex('b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa'),
} as const

/** n - r: with it r + s = 0 modulo n, which the standard refuses. */
const N_MINUS_R = hex('0a5fc4f8b72d3b9cf1153aec1e447e5e18bf0532f9f04dea100f755c4aee2070')

/** Appendix A of GB/T 32905: SM3 of "abc". */
const SM3_ABC = '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'

/**
 * What is wrong with this code, in words; nothing where all is well. Run at each start in the code that will serve: an
 * SM2 with another id, or one that is plain ECDSA, signs and verifies its own signatures without any complaint.
 */
export function selfTest(code: Sm2Code): readonly string[] {
  const { publicKey, message, r, s } = STANDARD
  const signature = Buffer.concat([r, s])
  const underDefault = code.prepare(publicKey)
  const fresh = code.generate()
  const freshSignature = code.sign(fresh, message)
  const ofFresh = code.prepare(fresh.publicKey)
  const checks: readonly (readonly [name: string, holds: () => boolean])[] = [
    [
      'SM3 of "abc" is not that of GB/T 32905',
      () => Buffer.from(code.sm3(Buffer.from('abc'))).toString('hex') === SM3_ABC,
    ],
    ['the signature of GB/T 32918.5 is refused', () => underDefault(message, signature)],
    ['it is accepted under an empty id', () => !code.prepare(publicKey, Buffer.alloc(0))(message, signature)],
    ['it is accepted for another message', () => !underDefault(Buffer.from('message digesT'), signature)],
    ['s = 0 is accepted', () => !underDefault(message, Buffer.concat([r, Buffer.alloc(s.length)]))],
    ['r + s = n is accepted', () => !underDefault(message, Buffer.concat([r, N_MINUS_R]))],
    ['a fresh signature is refused', () => ofFresh(message, freshSignature)],
    ['a fresh signature is accepted under another key', () => !underDefault(message, freshSignature)],
  ]
  return checks.flatMap(([fault, holds]) => (succeeds(holds) ? [] : [fault]))
}

function succeeds(holds: () => boolean): boolean {
  try {
    return holds()
  } catch {
    // A check that throws has not held; its name says which one it was.
    return false
  }
}

function hex(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(''), 'hex')
}
