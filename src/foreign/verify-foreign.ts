import { readDcc } from './dcc/read-dcc.ts'
import { readShc } from './shc/read-shc.ts'
import type { ForeignTrust } from './trust.ts'
import type { ForeignContext, ForeignVerdict } from './types.ts'

const DCC = 'HC1:'
/** SMART Health Cards as QR text, as link, and as file; a file begins with a brace, which no token of ours does. */
const SHC = ['shc:/', 'shlink:/', '{']

/** True for what this slice reads; everything else is a card or a code of our own. */
export function isForeign(code: string): boolean {
  return code.startsWith(DCC) || SHC.some((start) => code.startsWith(start))
}

/** Decides about a certificate of another system from memory and the given time alone. */
export function verifyForeign(trust: ForeignTrust, code: string, context: ForeignContext): ForeignVerdict {
  return code.startsWith(DCC) ? readDcc(trust, code, context) : readShc(trust, code, context)
}
