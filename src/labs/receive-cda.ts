import { createHash } from 'node:crypto'
import type { Institution } from '../institutions/index.ts'
import { requestError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import type { LabsCaller, LabsDeps } from './caller.ts'
import { parseXml, type XmlFault } from './cda/parse-xml.ts'
import { type CdaDocument, readCda } from './cda/read-cda.ts'
import { defaultCodeSystem } from './code-system.ts'
import { labsError } from './errors.ts'
import { findPatient } from './find-patient.ts'
import { type HoldOutcome, holdOne } from './hold-report.ts'
import type { ReviewReason } from './review-store.ts'
import { claimMessage, findMessage, readPolicy, saveAnswer } from './store.ts'

/** What happened to a document; the stored answer of its repeats. */
export interface CdaAnswer {
  readonly outcome: HoldOutcome['kind']
  readonly reportId: string | null
  readonly reviewId: string | null
  readonly reason: ReviewReason | null
  readonly unmapped: number
}

const XML_FAULTS: Readonly<Record<XmlFault, string>> = {
  'not-well-formed': 'is no well-formed XML',
  doctype: 'has a document type; documents with one are not read',
  'too-deep': 'is nested too deeply',
  'too-many-elements': 'has too many elements',
  namespace: 'is not of the namespace urn:hl7-org:v3',
  charset: 'is not of the character set that it declares; UTF-8 and GB 18030 are read',
}

/**
 * Takes one laboratory report of WS/T 500 of the caller's own institution. The document's id makes it unique: the same
 * document again gets the same answer, another one under its id is refused.
 */
export async function receiveCda(
  deps: LabsDeps & { readonly institutions: { get(code: string): Institution | undefined } },
  bytes: Uint8Array,
  by: LabsCaller,
): Promise<CdaAnswer> {
  const document = readDocument(bytes, by.institution, deps.institutions.get(by.institution), deps.clock.now())
  // A name space of its own beside the facilities of HL7 v2, none of which can hold a blank at its end.
  const facility = `cda ${by.institution} `
  const { documentId } = document
  const digest = createHash('sha256').update(bytes).digest()
  const before = await findMessage(deps.db, facility, documentId)
  if (before !== undefined) return repeated(before, digest)
  const policy = await readPolicy(deps.db, localDate(deps.clock.now()))
  if (!policy.has('report-days') || !policy.has('review-days') || !policy.has('message-days')) {
    throw labsError('policy-missing')
  }
  const patient = await findPatient(deps, document, by)
  const answer = await inTx(deps.db, async (tx) => {
    const row = { facility, controlId: documentId, digest, answer: '', at: deps.clock.now() }
    if (!(await claimMessage(tx, row))) return undefined
    const held = present(await holdOne(deps, tx, document, patient, by))
    await saveAnswer(tx, facility, documentId, JSON.stringify(held))
    return held
  })
  if (answer === undefined) {
    const first = await findMessage(deps.db, facility, documentId)
    if (first === undefined) throw requestError('try-later', { retryAfter: 1 })
    return repeated(first, digest)
  }
  deps.outbox.wake()
  return answer
}

function readDocument(bytes: Uint8Array, institution: string, facts: Institution | undefined, now: Date): CdaDocument {
  const root = parseXml(bytes)
  if (typeof root === 'string') {
    throw labsError('document-invalid', { errors: [{ pointer: '', detail: XML_FAULTS[root] }] })
  }
  const read = readCda(root, {
    institution,
    codeSystem: defaultCodeSystem(institution),
    custodianIds: custodianIdsOf(institution, facts?.uscc),
    now,
  })
  if (!('documentId' in read)) throw labsError('document-invalid', { errors: read })
  return read
}

/**
 * Numbers under which an institution stands in documents: the code of the insurance, the unified social credit code, and
 * the organisation code that is part of it (GB 32100: characters 9 to 17), with and without its hyphen.
 */
function custodianIdsOf(institution: string, uscc: string | undefined): readonly string[] {
  if (uscc === undefined) return [institution]
  const organisation = uscc.slice(8, 17)
  return [institution, uscc, organisation, `${organisation.slice(0, 8)}-${organisation.slice(8)}`]
}

function repeated(stored: { readonly digest: Buffer; readonly answer: string }, digest: Buffer): CdaAnswer {
  if (!stored.digest.equals(digest)) throw labsError('document-reused')
  return JSON.parse(stored.answer) as CdaAnswer
}

const present = (held: HoldOutcome): CdaAnswer =>
  held.kind === 'review'
    ? { outcome: 'review', reportId: null, reviewId: held.reviewId, reason: held.reason, unmapped: 0 }
    : { outcome: held.kind, reportId: held.reportId, reviewId: null, reason: null, unmapped: held.unmapped }
