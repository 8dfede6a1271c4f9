import { createPublicKey, verify } from 'node:crypto'
import { jwkToVerifier } from './algorithms.ts'
import { STANDARD } from './sm2/self-test.ts'
import type { PublicJwk } from './types.ts'

interface Example {
  readonly name: string
  readonly jwk: PublicJwk
  readonly signed: string
  readonly signature: string
}

/** Appendix A.3 of RFC 7515 and appendix A.4 of RFC 8037. */
const EXAMPLES: readonly Example[] = [
  {
    name: 'ES256',
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    signed:
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
    signature: 'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  },
  {
    name: 'EdDSA',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    signed: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    signature: 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  },
]

/**
 * Known answers of the algorithms that node:crypto does; SM2 tests itself where it runs.
 *
 * @throws Error where one fails: nothing may be served then
 */
export function testKnownAnswers(open: typeof jwkToVerifier = jwkToVerifier): void {
  for (const { name, jwk, signed, signature } of EXAMPLES) {
    const check = open(jwk)
    const bytes = Buffer.from(signature, 'base64url')
    const good = check(Buffer.from(signed), bytes) === true
    const bad = check(Buffer.from(`${signed}x`), bytes) === true
    if (!good || bad)
      throw new Error(
        `${name} fails its self-test: the example of its standard is ${bad ? 'not told from another text' : 'refused'}`,
      )
  }
}

/** SubjectPublicKeyInfo of an SM2 key before its point (RFC 5480, curve 1.2.156.10197.1.301). */
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d03420004', 'hex')

/** A true SM2 signature of the standard's key and message under the empty id, in DER: the one form that node:crypto takes here. */
const UNDER_EMPTY_ID = Buffer.from(
  '3045022027f1ba35327863638afce55ea5560734b20dc6f4aa21b74217bcae759f2eb98302210' +
    '09815b803017b841ee27bc729b026a72fabdf588d3e7041e03e6a1dd43485497b',
  'hex',
)

/**
 * Which id the SM2 of node:crypto uses. It is not used here; it is written to the log, because with OpenSSL 4.0 it is
 * announced to change, and whoever relies on it elsewhere wants to see that.
 */
export function nodeSm2Id(): 'empty' | 'default' | 'none' {
  const { publicKey, message, r, s } = STANDARD
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI_HEAD, publicKey]), format: 'der', type: 'spki' })
    if (verify('sm3', message, key, UNDER_EMPTY_ID)) return 'empty'
    const underDefaultId = Buffer.concat([Buffer.from('3046022100', 'hex'), r, Buffer.from('022100', 'hex'), s])
    return verify('sm3', message, key, underDefaultId) ? 'default' : 'none'
  } catch {
    // An OpenSSL without this curve.
    return 'none'
  }
}
