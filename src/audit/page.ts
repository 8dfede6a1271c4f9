import { type Keyring, openForClient, sealForClient } from '../kernel/crypto/index.ts'
import { auditError } from './errors.ts'
import type { AuditQuestion } from './read-search.ts'
import type { Place } from './search-store.ts'

/** A search that goes on: its question and the last event that was shown. */
export interface Page {
  readonly question: AuditQuestion
  readonly after: Place
}

const PAGE = { table: 'audit', column: 'page' } as const

/** Sealed for one client: nobody else can use it, read the patient in it, or change it. The hub remembers nothing. */
export function sealPage(keyring: Keyring, { question, after }: Page, clientId: string): string {
  const { span, ...rest } = question
  const { from, until } = span
  const sealed: Sealed = {
    question: rest,
    // JSON has no infinity.
    span: [Number.isFinite(from) ? from : null, Number.isFinite(until) ? until : null],
    after: [after.at.getTime(), String(after.eventNo)],
  }
  return sealForClient(keyring, sealed, { ...PAGE, clientId })
}

/** @throws AppError `audit.parameter-invalid` for what was not sealed here for this client */
export function openPage(keyring: Keyring, text: string, clientId: string): Page {
  const opened = /^[A-Za-z0-9_-]{40,4000}$/.test(text) ? openForClient(keyring, text, { ...PAGE, clientId }) : undefined
  if (opened === undefined) {
    const detail = 'is not the link of a page that this client was given'
    throw auditError('parameter-invalid', { errors: [{ pointer: '_page', detail }] })
  }
  const {
    question,
    span: [from, until],
    after: [at, eventNo],
    // What opens was sealed here, so it has the form that it had then.
  } = opened as Sealed
  const span = { from: from ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY }
  return { question: { ...question, span }, after: { at: new Date(at), eventNo: BigInt(eventNo) } }
}

interface Sealed {
  readonly question: Omit<AuditQuestion, 'span'>
  readonly span: readonly [number | null, number | null]
  readonly after: readonly [number, string]
}
