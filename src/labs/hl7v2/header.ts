import type { AckedHeader } from './ack.ts'
import { decode } from './charset.ts'
import { readDelimiters } from './message.ts'

/** What an answer to something without a readable header is addressed with. */
export const NO_HEADER: AckedHeader = {
  delimiters: { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' },
  encoding: '^~\\&',
  sendingApplication: '',
  sendingFacility: '',
  receivingApplication: '',
  receivingFacility: '',
  controlId: '',
  processingId: 'P',
  version: '2.4',
  charset: '',
}

/** Longest part that an answer repeats; the standard gives a control id 199 characters. */
const MAX_PART = 227

/** Longest header that is looked at. */
const MAX_HEADER = 4_096

/**
 * The header before the character set of the message is known, for it is in the header. A byte of GB 18030 may look like
 * a delimiter, so the line is decoded first: as UTF-8, else as GB 18030. Undefined where there is no header.
 */
export function readHeader(bytes: Uint8Array): AckedHeader | undefined {
  const start = Buffer.from(bytes.subarray(0, MAX_HEADER))
  const end = start.findIndex((byte) => byte === 0x0d || byte === 0x0a)
  const first = end === -1 ? start : start.subarray(0, end)
  const line = decode(first, 'UTF-8') ?? decode(first, 'GB18030') ?? first.toString('latin1')
  const delimiters = readDelimiters(line)
  if (typeof delimiters === 'string') return undefined
  const parts = line.split(delimiters.field)
  const part = (field: number): string => (parts[field - 1] ?? '').slice(0, MAX_PART)
  return {
    delimiters,
    encoding: part(2),
    sendingApplication: part(3),
    sendingFacility: part(4),
    receivingApplication: part(5),
    receivingFacility: part(6),
    controlId: part(10),
    processingId: part(11),
    version: part(12),
    charset: part(18),
  }
}
