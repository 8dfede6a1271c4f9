import { decryptField, encryptField, type FieldPlace, type Keyring } from '../kernel/crypto/index.ts'
import { AppError } from '../kernel/errors.ts'
import { auditError } from './errors.ts'
import type { AuditQuestion } from './read-search.ts'
import type { Place } from './search-store.ts'

/** A search that goes on: its question and the last event that was shown. */
export interface Page {
  readonly question: AuditQuestion
  readonly after: Place
}

/** Sealed for one client: nobody else can use it, read the patient in it, or change it. The hub remembers nothing. */
export function sealPage(keyring: Keyring, { question, after }: Page, clientId: string): string {
  const { span } = question
  const text = JSON.stringify({
    question: { ...question, span: undefined },
    // JSON has no infinity.
    span: [Number.isFinite(span.from) ? span.from : null, Number.isFinite(span.until) ? span.until : null],
    after: [after.at.getTime(), String(after.eventNo)],
  })
  return encryptField(keyring, text, placeOf(clientId)).toString('base64url')
}

/** @throws AppError `audit.parameter-invalid` for what was not sealed here for this client */
export function openPage(keyring: Keyring, text: string, clientId: string): Page {
  const opened = /^[A-Za-z0-9_-]{40,4000}$/.test(text) ? unseal(keyring, text, clientId) : undefined
  if (opened === undefined) {
    const detail = 'is not the link of a page that this client was given'
    throw auditError('parameter-invalid', { errors: [{ pointer: '_page', detail }] })
  }
  const {
    question,
    span: [from, until],
    after: [at, eventNo],
  } = opened
  const span = { from: from ?? Number.NEGATIVE_INFINITY, until: until ?? Number.POSITIVE_INFINITY }
  return { question: { ...question, span }, after: { at: new Date(at), eventNo: BigInt(eventNo) } }
}

interface Sealed {
  readonly question: Omit<AuditQuestion, 'span'>
  readonly span: readonly [number | null, number | null]
  readonly after: readonly [number, string]
}

function unseal(keyring: Keyring, text: string, clientId: string): Sealed | undefined {
  try {
    // What opens was sealed here, so it has the form that it had then.
    return JSON.parse(decryptField(keyring, Buffer.from(text, 'base64url'), placeOf(clientId))) as Sealed
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

const placeOf = (clientId: string): FieldPlace => ({ table: 'audit', column: 'page', rowId: clientId })
