import type { Reading } from './begin-reading.ts'
import type { SearchForm } from './guarded-client.ts'
import type { Sort } from './read-parameters.ts'
import type { RecordType } from './record-types.ts'
import type { Share } from './room.ts'
import type { SourcePosition } from './search-hospital.ts'

export interface RecordsQuestion {
  readonly personId: string
  readonly type: RecordType | 'Patient'
  /** What the audit log calls it; left out: a search. */
  readonly action?: 'records.search' | 'records.read' | undefined
  /** Search parameters beside the patient. */
  readonly form: SearchForm
  /** Types that may come along. */
  readonly includes?: readonly string[]
  readonly count: number
  /** Left out: the newest first. */
  readonly sort?: Sort | undefined
  /** One hospital only; left out: all that may know the person. */
  readonly institution?: string | undefined
  /** Where each hospital goes on; left out: from the start. Only those in the list are asked. */
  readonly positions?: readonly SourcePosition[] | undefined
  /** What hospitals get, where the asking slice has a deadline of its own; left out: that of records. */
  readonly deadlineMs?: number | undefined
  /** False: whoever asks looks only at whether there is a number, so that none is read a second time. */
  readonly exactDecimals?: boolean | undefined
  /** Fires when the caller goes away. */
  readonly signal?: AbortSignal | undefined
}

/** What was decided and is known, and the memory that bodies may take until the answer is written. */
export interface Grant {
  readonly reading: Reading
  readonly share: Share
}
