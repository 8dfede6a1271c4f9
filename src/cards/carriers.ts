import { normalizeWidth } from '../codes/index.ts'

export const CARRIER_KINDS = ['social-security-card', 'insurance-voucher'] as const
/** 社会保障卡 and 医保电子凭证: credentials of their own beside the card (社会保险经办条例 art. 7 and 62), of the same person. */
export type CarrierKind = (typeof CARRIER_KINDS)[number]

/** People write card numbers with blanks or hyphens and in either case. */
export const normalCarrierNumber = (number: string): string =>
  normalizeWidth(number).replaceAll(/[\s-]/g, '').toUpperCase()

const SHAPE = /^[0-9A-Z]{6,64}$/
const BIRTHDAY = '(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])'
/** GB 11643, 18 characters or the old form of 15. */
const IDENTITY_NUMBER = new RegExp(`^\\d{6}(?:(?:18|19|20)\\d{2}${BIRTHDAY}\\d{3}[\\dX]|\\d{2}${BIRTHDAY}\\d{3})$`)

/** What is wrong with a number in its normal form, or null. The shapes of both kinds are unverified: only the least is asked. */
export function checkCarrierNumber(number: string): string | null {
  if (!SHAPE.test(number)) return 'must be 6 to 64 letters and digits'
  // The 社会保障号码 is the identity number: it says who somebody is and is no card that can be lost and replaced.
  if (IDENTITY_NUMBER.test(number)) return 'looks like an identity number, which is no carrier'
  return null
}

/** Kind of the keyed hash: carriers and the identifiers of people must not meet in it. */
export const indexType = (kind: CarrierKind): string => `carrier-${kind}`
