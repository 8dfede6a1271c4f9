import { localDateTime } from '../../kernel/time.ts'
import type { Delimiters } from './message.ts'

/** Condition codes of HL7 table 0357. */
export type ConditionCode = '100' | '101' | '102' | '103' | '200' | '202' | '204' | '205' | '207'

const CONDITIONS: Readonly<Record<ConditionCode, string>> = {
  100: 'Segment sequence error',
  101: 'Required field missing',
  102: 'Data type error',
  103: 'Table value not found',
  200: 'Unsupported message type',
  202: 'Unsupported processing id',
  204: 'Unknown key identifier',
  205: 'Duplicate key identifier',
  207: 'Application internal error',
}

export interface AckFault {
  readonly code: ConditionCode
  /** Segment and field, e.g. `OBX^3^3`. */
  readonly location?: string
  /** ASCII, for the administrator of the sending system; quotes nothing of the message. */
  readonly text: string
  /** Left out: an error. */
  readonly severity?: 'W' | 'I'
}

export type AckCode = 'AA' | 'AE' | 'AR'

/** What of the message an answer repeats; all parts as they stood, still escaped. */
export interface AckedHeader {
  readonly delimiters: Delimiters
  readonly encoding: string
  readonly sendingApplication: string
  readonly sendingFacility: string
  readonly receivingApplication: string
  readonly receivingFacility: string
  readonly controlId: string
  readonly processingId: string
  readonly version: string
  readonly charset: string
}

/** An acknowledgement in original mode (HL7 v2 chapter 2, MSA and ERR). `id` and `at` are our own. */
export function buildAck(
  header: AckedHeader,
  answer: { readonly code: AckCode; readonly faults: readonly AckFault[]; readonly id: string; readonly at: Date },
): string {
  const { field: f, component: c } = header.delimiters
  const msh = [
    'MSH',
    header.encoding,
    header.receivingApplication,
    header.receivingFacility,
    header.sendingApplication,
    header.sendingFacility,
    hl7Time(answer.at),
    '',
    ['ACK', 'R01', 'ACK'].join(c),
    answer.id,
    header.processingId,
    header.version,
    '',
    '',
    '',
    '',
    '',
    header.charset,
  ]
  const lines = [
    msh.join(f),
    ['MSA', answer.code, header.controlId].join(f),
    ...answer.faults.map(({ code, location, text, severity }) =>
      ['ERR', '', location ?? '', [code, CONDITIONS[code], 'HL70357'].join(c), severity ?? 'E', '', '', '', text].join(
        f,
      ),
    ),
  ]
  return `${lines.join('\r')}\r`
}

/** Local time of China with its offset, to the second. */
function hl7Time(at: Date): string {
  return `${localDateTime(at).replaceAll(/\D/g, '')}+0800`
}
