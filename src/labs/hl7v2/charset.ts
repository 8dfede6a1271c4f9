export type Charset = 'UTF-8' | 'GB18030'

/**
 * Names of HL7 table 0211, and what Chinese systems write for the same. GBK and GB 2312 are parts of GB 18030, ASCII is
 * part of both.
 */
const NAMES: Readonly<Record<string, Charset>> = {
  'UNICODE UTF-8': 'UTF-8',
  'UTF-8': 'UTF-8',
  UTF8: 'UTF-8',
  ASCII: 'UTF-8',
  'GB 18030-2000': 'GB18030',
  GB18030: 'GB18030',
  'GB 18030': 'GB18030',
  GBK: 'GB18030',
  GB2312: 'GB18030',
}

const DECODERS = {
  'UTF-8': new TextDecoder('utf-8', { fatal: true }),
  GB18030: new TextDecoder('gb18030', { fatal: true }),
} as const

/** What MSH-18 names; undefined where it names another one. */
export function charsetOf(name: string): Charset | undefined {
  return NAMES[name.toUpperCase()]
}

/** The text of bytes; undefined where they are not of this character set. */
export function decode(bytes: Uint8Array, charset: Charset): string | undefined {
  try {
    return DECODERS[charset].decode(bytes)
  } catch {
    return undefined
  }
}

/** An answer holds ASCII alone, which both sets write alike. */
export const encodeAscii = (text: string): Buffer => Buffer.from(text.replaceAll(/[^\t\n\r\x20-\x7e]/g, '?'), 'latin1')
