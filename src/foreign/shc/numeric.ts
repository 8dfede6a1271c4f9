import { refusal } from '../refusals.ts'
import type { ForeignRefusal } from '../types.ts'

/** `shc:/` and digits, or `shc:/C/N/` before them where the card was cut into N codes. */
const PART = /^shc:\/(?:([1-9]\d?)\/([1-9]\d?)\/)?(\d+)$/

/** Characters of a JWS that one QR code holds, and that one part of several may hold. */
const MAX_SINGLE = 1195
const MAX_PART = 1191

/** Two digits stand for a character code minus 45, which for JWS characters ends at 'z'. */
const FIRST_CODE = 45
const LAST_PAIR = 77

/**
 * The JWS in the numeric form of QR codes. Parts may come in any order, but all of them, each once. A card that fits one
 * code must not be cut, and no part may be larger than a code: what was cut otherwise was not made by a health card
 * issuer, so it is refused.
 */
export function readNumeric(parts: readonly string[]): string | ForeignRefusal {
  const read = parts.map((part) => PART.exec(part))
  const pieces: { at: number; of: number; text: string }[] = []
  for (const match of read) {
    const text = match?.[3] === undefined ? undefined : decodeDigits(match[3])
    if (match === null || text === undefined) return refusal('malformed', 'code')
    pieces.push({ at: Number(match[1] ?? 1), of: Number(match[2] ?? 1), text })
  }
  const count = pieces[0]?.of ?? 0
  if (pieces.some(({ at, of, text }) => of !== count || at > of || (of > 1 && text.length > MAX_PART))) {
    return refusal('malformed', 'code')
  }
  const places = new Set(pieces.map(({ at }) => at))
  if (places.size !== pieces.length) return refusal('malformed', 'code')
  if (places.size !== count) return refusal('parts-missing', 'code')
  const jws = pieces
    .toSorted((one, other) => one.at - other.at)
    .map(({ text }) => text)
    .join('')
  return count > 1 && jws.length <= MAX_SINGLE ? refusal('malformed', 'code') : jws
}

function decodeDigits(digits: string): string | undefined {
  if (digits.length % 2 !== 0) return undefined
  let text = ''
  for (let at = 0; at < digits.length; at += 2) {
    const pair = Number(digits.slice(at, at + 2))
    if (pair > LAST_PAIR) return undefined
    text += String.fromCharCode(pair + FIRST_CODE)
  }
  return text
}
