import { sql } from 'kysely'
import { type AuditEvent, appendAudit } from '../audit/index.ts'
import type { AccessDecision } from '../consent/index.ts'
import type { Part } from '../kernel/part.ts'
import { IS_HELD_PART } from '../labs/index.ts'
import { IDENTIFIERS_PART, identifierForExchange, type PersonIdentifier } from '../people/index.ts'
import type { Annotate, Remarks } from './annotate.ts'
import { askedBy } from './asked-by.ts'
import { decideReadingBeside } from './decide.ts'
import { recordsError } from './errors.ts'
import { LOCATOR_PART, type LocatorRow } from './locator-store.ts'
import type { RecordsDeps } from './records-deps.ts'
import type { Reader } from './types.ts'

/** An allowed reading of one person, and all that the database knows for it. */
export interface Reading {
  readonly decision: AccessDecision
  readonly identifier: PersonIdentifier
  readonly disclosure: Disclosure
  /** What the locator knows; what this reading learns is added. */
  readonly known: LocatorRow[]
  /** Whether results of the person are held here (`labs`). */
  readonly isHeld: boolean
  readonly remarks: Remarks | undefined
}

/** The identifier's way to the audit log, once in a reading. */
export interface Disclosure {
  /** Before the identifier is sent to a hospital. @throws `audit.write-failed` */
  record(): Promise<void>
  /** Not written yet: it goes with the events of the answer. */
  readonly pending: readonly AuditEvent[]
  /** `pending` was written. */
  done(): void
}

const PARTS = { identifiers: IDENTIFIERS_PART, known: LOCATOR_PART, isHeld: IS_HELD_PART }
const NO_REMARKS: Part<Remarks | undefined> = { expression: sql`null`, read: () => undefined }

/**
 * Decides on access and reads what the search needs, in one statement: a search over hospitals asks the database once before
 * it asks them, and once more for its audit.
 *
 * @throws `records.access-denied`, `records.person-unknown`
 */
export async function beginReading(
  deps: RecordsDeps,
  by: Reader,
  asked: { readonly personId: string; readonly types: readonly string[]; readonly action: string },
  annotate?: Annotate,
): Promise<Reading> {
  const remarks = annotate?.(by) ?? NO_REMARKS
  const { decision, beside } = await decideReadingBeside(deps, by, asked, { ...PARTS, remarks })
  const found = identifierForExchange(deps, beside.identifiers, {
    personId: asked.personId,
    by: askedBy(by),
    purpose: by.purpose,
  })
  if (found === undefined) {
    throw recordsError('person-unknown', { detail: 'No person with this id is registered here.' })
  }
  return {
    decision,
    identifier: found.identifier,
    disclosure: disclosureOf(deps, found.event),
    known: [...beside.known],
    isHeld: beside.isHeld,
    remarks: beside.remarks,
  }
}

function disclosureOf(deps: Pick<RecordsDeps, 'db' | 'clock'>, event: AuditEvent): Disclosure {
  let pending: readonly AuditEvent[] = [event]
  let writing: Promise<void> | undefined
  const done = (): void => {
    pending = []
  }
  return {
    async record() {
      if (pending.length === 0) return
      // Several hospitals are asked at once; the event stands once.
      writing ??= appendAudit(deps.db, event, deps.clock).then(done)
      await writing
    },
    get pending() {
      return pending
    },
    done,
  }
}
