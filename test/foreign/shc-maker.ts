import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { createForeignTrust, type ForeignTrust } from '../../src/foreign/index.ts'

/** Synthetic issuers and cards; the keys are made for each run and protect nothing. */
export interface ShcIssuer {
  readonly iss: string
  readonly kid: string
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>> & { readonly kid: string }
}

export function makeIssuer(
  iss = 'https://issuer.example/shc',
  more: Readonly<Record<string, unknown>> = {},
): ShcIssuer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' }) as { readonly x: string; readonly y: string }
  const canonical = JSON.stringify({ crv: 'P-256', kty: 'EC', x, y })
  const kid = createHash('sha256').update(canonical).digest('base64url')
  const jwk = { kty: 'EC', kid, use: 'sig', alg: 'ES256', crv: 'P-256', x, y, ...more }
  return { iss, kid, publicKey, privateKey, jwk }
}

export const LIST_HEAD = {
  version: 1,
  source: 'made for a test',
  issuedAt: '2026-01-01T00:00:00Z',
  validUntil: '2027-01-01T00:00:00Z',
}

export const listOf = (issuers: readonly ShcIssuer[], crls: readonly object[] = []) => ({
  format: 'shc',
  ...LIST_HEAD,
  issuers: issuers.map(({ iss, jwk }) => ({
    iss,
    name: 'a test issuer',
    jwks: { keys: [jwk] },
    crls: crls.filter((crl) => (crl as { readonly kid?: string }).kid === jwk.kid),
  })),
})

export const trustIn = (issuers: readonly ShcIssuer[], crls: readonly object[] = []): ForeignTrust =>
  createForeignTrust({ shc: listOf(issuers, crls) })

/** 2026-06-01T00:00:00Z. */
export const NBF = 1_780_272_000

export const patient = (family = 'Tester', given = 'Tessa', birthDate = '1971-02-03') => ({
  resourceType: 'Patient',
  name: [{ family, given: [given] }],
  birthDate,
})

const immunization = (lotNumber: string) => ({
  resourceType: 'Immunization',
  status: 'completed',
  vaccineCode: { coding: [{ system: 'http://hl7.org/fhir/sid/cvx', code: '207' }] },
  patient: { reference: 'resource:0' },
  occurrenceDateTime: '2026-05-01',
  lotNumber,
})

export function payloadOf(
  iss: string,
  more: Readonly<Record<string, unknown>> = {},
  vc: Readonly<Record<string, unknown>> = {},
  resources: readonly object[] = [patient(), immunization('0000001')],
): object {
  return {
    iss,
    nbf: NBF,
    vc: {
      type: ['https://smarthealth.cards#health-card', 'https://smarthealth.cards#immunization'],
      credentialSubject: {
        fhirVersion: '4.0.1',
        fhirBundle: {
          resourceType: 'Bundle',
          type: 'collection',
          entry: resources.map((resource, index) => ({ fullUrl: `resource:${index}`, resource })),
        },
      },
      ...vc,
    },
    ...more,
  }
}

export interface SignOrder {
  readonly header?: Readonly<Record<string, unknown>>
  /** Instead of the payload deflated. */
  readonly compressed?: Uint8Array
  /** Instead of r and s. */
  readonly signature?: (signed: Buffer) => Uint8Array
}

export function signCard(issuer: ShcIssuer, payload: object | string, order: SignOrder = {}): string {
  const header = { zip: 'DEF', alg: 'ES256', kid: issuer.kid, ...order.header }
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload)
  const body = Buffer.from(order.compressed ?? deflateRawSync(text)).toString('base64url')
  const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}`
  const bytes = Buffer.from(signed)
  const signature =
    order.signature?.(bytes) ?? sign('sha256', bytes, { key: issuer.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

const digits = (text: string): string =>
  Array.from(text, (character) => String(character.charCodeAt(0) - 45).padStart(2, '0')).join('')

export const toNumeric = (jws: string): string => `shc:/${digits(jws)}`

/** Cut into parts of the same size. */
export function toParts(jws: string, count: number): string[] {
  const size = Math.ceil(jws.length / count)
  return Array.from(
    { length: count },
    (_, at) => `shc:/${at + 1}/${count}/${digits(jws.slice(at * size, (at + 1) * size))}`,
  )
}

/** A card too large for one code: random lot numbers do not compress. */
export const largePayload = (iss: string, entries = 24): object =>
  payloadOf(iss, {}, {}, [
    patient(),
    ...Array.from({ length: entries }, (_, at) =>
      immunization(createHash('sha256').update(`lot ${at}`).digest('base64url')),
    ),
  ])
