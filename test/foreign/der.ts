import { type KeyObject, sign } from 'node:crypto'

/** Just enough DER (X.690) to make certificates for tests; the program itself makes none. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 127]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 127) | 128)
    return digits
  })
  return tlv(0x06, Buffer.from(bytes))
}

const utcTime = (iso: string): Buffer => tlv(0x17, Buffer.from(`${iso.slice(2).replace(/[-:T]|\.\d+/g, '')}`))

function name(of: { readonly country?: string | undefined; readonly common: string }): Buffer {
  const attribute = (id: string, text: string) => tlv(0x31, sequence(oid(id), tlv(0x0c, Buffer.from(text))))
  return sequence(
    ...(of.country === undefined ? [] : [attribute('2.5.4.6', of.country)]),
    attribute('2.5.4.3', of.common),
  )
}

export interface CertificateOrder {
  readonly country?: string
  readonly common: string
  readonly publicKey: KeyObject
  readonly from: string
  readonly to: string
  readonly ca?: boolean
  /** Extended key usages. */
  readonly usages?: readonly string[]
  /** Subject alternative name of the kind URI. */
  readonly uri?: string
  /** Who issues it; itself by default, with this key. */
  readonly issuer?: { readonly common: string; readonly country?: string }
  readonly signingKey: KeyObject
}

let serial = 1

/** An X.509 certificate (RFC 5280) in DER. */
export function makeCertificate(order: CertificateOrder): Buffer {
  const extension = (id: string, value: Uint8Array) => sequence(oid(id), tlv(0x04, value))
  const extensions = [
    extension('2.5.29.19', sequence(...(order.ca === true ? [tlv(0x01, Buffer.from([255]))] : []))),
    ...(order.usages === undefined ? [] : [extension('2.5.29.37', sequence(...order.usages.map(oid)))]),
    ...(order.uri === undefined ? [] : [extension('2.5.29.17', sequence(tlv(0x86, Buffer.from(order.uri))))]),
  ]
  const algorithm = sequence(
    oid(order.signingKey.asymmetricKeyType === 'rsa' ? '1.2.840.113549.1.1.11' : '1.2.840.10045.4.3.2'),
  )
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([serial++ & 127])),
    algorithm,
    name(order.issuer ?? order),
    sequence(utcTime(order.from), utcTime(order.to)),
    name(order),
    order.publicKey.export({ format: 'der', type: 'spki' }),
    tlv(0xa3, sequence(...extensions)),
  )
  const signature = sign('sha256', body, order.signingKey)
  return sequence(body, algorithm, tlv(0x03, Buffer.from([0]), signature))
}
