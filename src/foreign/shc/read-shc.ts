import { verify } from 'node:crypto'
import { isObject, parseStrictObject, parseStrictObjectBytes } from '../../kernel/strict-json.ts'
import { refusal, refused } from '../refusals.ts'
import type { ForeignTrust, ShcKey } from '../trust.ts'
import type { ForeignAccepted, ForeignContext, ForeignRefusal, ForeignVerdict } from '../types.ts'
import { readShcJws } from './jws.ts'
import { readNumeric } from './numeric.ts'
import { readShcPayload, reasonsOfTime, type ShcClaims } from './payload.ts'

/** Cards in one file. */
const MAX_CARDS = 10

/**
 * Reads what a person shows as one certificate: every card in it must be good and about the same person, because the
 * answer is about one.
 */
export function readShc(
  trust: ForeignTrust,
  shown: string | readonly string[],
  context: ForeignContext,
): ForeignVerdict {
  const verdicts = readShcCards(trust, shown, context)
  const reasons = verdicts.flatMap((one) => (one.verdict === 'refused' ? one.reasons : []))
  if (reasons.length > 0) return refused('shc', ...reasons)
  const [first, ...others] = verdicts.filter((one) => one.verdict === 'accepted')
  const sameHolder = others.every((one) => JSON.stringify(one.holder) === JSON.stringify(first?.holder))
  if (first === undefined) return refused('shc', refusal('malformed', 'code'))
  return sameHolder ? first : refused('shc', refusal('several-holders', 'code'))
}

/**
 * Reads SMART Health Cards, one verdict for each: the text of a QR code (`shc:/…`), of several ones as an array or with
 * white space between them, a compact JWS, or a `.smart-health-card` file.
 */
export function readShcCards(
  trust: ForeignTrust,
  shown: string | readonly string[],
  context: ForeignContext,
): readonly ForeignVerdict[] {
  const cards = findCards(shown)
  return 'code' in cards ? [refused('shc', cards)] : cards.map((card) => readCard(trust, card, context))
}

/** The compact JWS in whatever was shown. Nothing is trimmed: a text with something around it is another text. */
export function findCards(shown: string | readonly string[]): readonly string[] | ForeignRefusal {
  const parts = typeof shown === 'string' ? [shown] : shown
  const [text = ''] = parts
  if (parts.some((one) => one.startsWith('shc:'))) {
    const jws = readNumeric(parts.flatMap((one) => one.split(/[ \t\r\n]+/)))
    return typeof jws === 'string' ? [jws] : jws
  }
  if (parts.length > 1) return refusal('malformed', 'code')
  // A link would make the verifier fetch what a stranger names.
  if (/(?:^|#)shlink:\//.test(text)) return refusal('link-not-followed', 'code')
  return text.startsWith('{') ? readFile(text) : [text]
}

/** A `.smart-health-card` file, or the FHIR answer `Parameters` that some systems hand out. */
function readFile(text: string): readonly string[] | ForeignRefusal {
  const file = parseStrictObject(text)
  const parameters = file?.['parameter']
  const found: unknown =
    file?.['resourceType'] === 'Parameters' && Array.isArray(parameters)
      ? parameters
          .filter((one: unknown) => isObject(one) && one['name'] === 'verifiableCredential')
          .map((one: Readonly<Record<string, unknown>>) => one['valueString'])
      : file?.['verifiableCredential']
  if (!Array.isArray(found) || found.length === 0 || found.length > MAX_CARDS) return refusal('malformed', 'code')
  return found.every((one) => typeof one === 'string') ? found : refusal('malformed', 'code')
}

function readCard(trust: ForeignTrust, text: string, context: ForeignContext): ForeignVerdict {
  const jws = readShcJws(text)
  if ('code' in jws) return refused('shc', jws)
  const payload = parseStrictObjectBytes(jws.payload)
  const claims = payload && readShcPayload(payload)
  if (claims === undefined) return refused('shc', refusal('malformed', 'payload'))
  if (trust.shc === undefined) return refused('shc', refusal('trust-list-missing'))
  const keys = isIssuerAddress(claims.iss) ? trust.shc.issuers.get(claims.iss) : undefined
  if (keys === undefined) return refused('shc', refusal('issuer-unknown'))
  const key = keys.get(jws.kid)
  if (key === undefined) return refused('shc', refusal('key-unknown'))
  if (!isSignedBy(key, jws)) return refused('shc', refusal('signature-invalid'))
  const reasons = [
    ...(context.nowMs >= trust.shc.validUntilMs ? [refusal('trust-list-too-old')] : []),
    ...(context.nowMs < key.validFromMs || context.nowMs > key.validToMs ? [refusal('key-not-in-force')] : []),
    ...reasonsOfTime(claims, context),
    ...reasonsOfStatus(claims, key),
  ]
  return reasons.length > 0 ? refused('shc', ...reasons) : accepted(claims)
}

export function isSignedBy(
  key: Pick<ShcKey, 'publicKey'>,
  jws: { readonly signed: Uint8Array; readonly signature: Uint8Array },
): boolean {
  return verify('sha256', jws.signed, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, jws.signature)
}

/** An issuer is an https address without a slash at its end; anything else is on no list. */
export const isIssuerAddress = (iss: string): boolean => /^https:\/\/[^\s?#]+[^/\s?#]$/.test(iss)

function reasonsOfStatus(claims: ShcClaims, key: ShcKey): readonly ForeignRefusal[] {
  if (claims.rid === null || key.crlVersion === null) return []
  // The key names a list of revoked cards: a card that could stand there is not good without it.
  if (key.revoked === undefined) return [refusal('status-unavailable')]
  const before = key.revoked.get(claims.rid)
  return before !== undefined && claims.nbf < before ? [refusal('revoked')] : []
}

function accepted(claims: ShcClaims): ForeignAccepted {
  return {
    verdict: 'accepted',
    format: 'shc',
    kind: claims.kind,
    issuer: claims.iss,
    issuedAtMs: claims.nbf * 1000,
    expiresAtMs: claims.exp === null ? null : claims.exp * 1000,
    holder: claims.holder,
  }
}
