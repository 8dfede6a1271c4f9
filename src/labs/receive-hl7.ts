import { createHash } from 'node:crypto'
import type { Tx } from '../kernel/db.ts'
import { AppError } from '../kernel/errors.ts'
import { newId } from '../kernel/ids.ts'
import { localDate } from '../kernel/time.ts'
import { inTx } from '../kernel/tx.ts'
import type { LabsCaller, LabsDeps } from './caller.ts'
import { findPatient, type PatientFound } from './find-patient.ts'
import { type AckCode, type AckedHeader, type AckFault, buildAck } from './hl7v2/ack.ts'
import { charsetOf, decode } from './hl7v2/charset.ts'
import { NO_HEADER, readHeader } from './hl7v2/header.ts'
import { parseMessage, valueOf } from './hl7v2/message.ts'
import { readOru } from './hl7v2/read-oru.ts'
import { holdOne } from './hold-report.ts'
import { isAmong } from './peer.ts'
import { readSenders, type Sender } from './sender-store.ts'
import { claimMessage, findMessage, readPolicy, saveAnswer } from './store.ts'
import type { ReportForPatient } from './types.ts'

/** By which way a message came, and what vouches for its sender. */
export type Way =
  | { readonly kind: 'mllp'; readonly address: string }
  | {
      readonly kind: 'http'
      readonly clientId: string
      readonly institution: string
      readonly requestId: string
      readonly sourceAddress: string
    }

export interface Acknowledged {
  readonly code: AckCode
  /** The acknowledgement, as text of ASCII and whatever the header repeats. */
  readonly text: string
}

/**
 * Takes one HL7 v2 message and answers it. What is accepted is committed before the answer exists; a repeat of an accepted
 * message gets the same answer, byte for byte. Refused ones leave nothing, so that they can be sent again when their
 * cause is gone.
 */
export async function receiveHl7(deps: LabsDeps, bytes: Uint8Array, way: Way): Promise<Acknowledged> {
  const header = readHeader(bytes)
  if (header === undefined) return refuse(deps, NO_HEADER, 'AR', [{ code: '100', text: 'The message has no MSH.' }])
  const { controlId } = header
  const facility = facilityOf(header)
  const isNamed = CONTROL_ID.test(controlId)
  // At the same time: under load a message costs its round trips.
  const [sender, stored, policy] = await Promise.all([
    senderOf(deps, facility, way),
    isNamed ? findMessage(deps.db, facility, controlId) : undefined,
    readPolicy(deps.db, localDate(deps.clock.now())),
  ])
  if (sender === undefined) {
    // One text for unknown, switched off and not allowed: who may send is nobody's business.
    const text = 'The sending facility is not registered for this way.'
    return refuse(deps, header, 'AR', [{ code: '204', location: 'MSH^1^4', text }])
  }
  if (!isNamed) {
    const text = 'The message control id is missing, or is not up to 199 characters of ASCII.'
    return refuse(deps, header, 'AR', [{ code: '101', location: 'MSH^1^10', text }])
  }
  const digest = createHash('sha256').update(bytes).digest()
  if (stored !== undefined) return repeated(deps, header, stored, digest)

  const read = readMessage(bytes, header, sender, deps.clock.now())
  if ('faults' in read) return refuse(deps, header, read.code, read.faults)
  if (!policy.has('report-days') || !policy.has('review-days') || !policy.has('message-days')) {
    const text = 'No figure says how long results are held; send the message again later.'
    return refuse(deps, header, 'AR', [{ code: '207', text }])
  }
  const by = callerOf(way, sender)
  // People are looked for before the transaction begins: their audit events stand by themselves.
  const patients = await findPatients(deps, read.reports, by)

  const hold = async (tx: Tx): Promise<string | undefined> => {
    if (!(await claimMessage(tx, { facility, controlId, digest, answer: '', at: deps.clock.now() }))) return undefined
    const faults = await holdAll(deps, tx, read.reports, patients, by)
    const text = ackOf(deps, header, 'AA', faults)
    await saveAnswer(tx, facility, controlId, text)
    return text
  }
  let answer: string | undefined
  try {
    answer = await inTx(deps.db, hold)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'labs.not-representable') throw error
    // The same message will never be held: the sender must not keep sending it.
    return refuse(deps, header, 'AE', [{ code: '102', text: 'A result cannot be written as FHIR R4.' }])
  }
  if (answer === undefined) {
    // A parallel one was first, and has committed by now.
    const first = await findMessage(deps.db, facility, controlId)
    if (first !== undefined) return repeated(deps, header, first, digest)
    return refuse(deps, header, 'AE', [{ code: '207', text: 'Send the message again.' }])
  }
  deps.outbox.wake()
  return { code: 'AA', text: answer }
}

const CONTROL_ID = /^[\x20-\x7e]{1,199}$/

/** What neither FHIR nor the database takes in a text; to leave them out would join what they parted. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/

/** What a fault of ours is answered with: the sender keeps the message and sends it again. */
export function answerFault(deps: Pick<LabsDeps, 'clock'>, bytes: Uint8Array): Acknowledged {
  const text = 'The message could not be dealt with; send it again later.'
  return refuse(deps, readHeader(bytes) ?? NO_HEADER, 'AE', [{ code: '207', text }])
}

/** MSH-4, first component; without a NUL, which the database takes in no text. */
function facilityOf({ delimiters: { component, subcomponent }, sendingFacility }: AckedHeader): string {
  const facility = sendingFacility.split(component)[0]?.split(subcomponent)[0]?.trim() ?? ''
  return facility.includes('\u0000') ? '' : facility
}

async function senderOf(deps: LabsDeps, facility: string, way: Way): Promise<Sender | undefined> {
  if (facility === '') return undefined
  const [sender] = await readSenders(deps.db, facility)
  if (sender === undefined || !sender.enabled) return undefined
  const allowed = way.kind === 'mllp' ? isAmong(way.address, sender.addresses) : way.institution === sender.institution
  return allowed ? sender : undefined
}

const callerOf = (way: Way, sender: Sender): LabsCaller =>
  way.kind === 'mllp'
    ? { clientId: `mllp:${sender.facility}`, institution: sender.institution, sourceAddress: way.address }
    : way

function repeated(
  deps: LabsDeps,
  header: AckedHeader,
  stored: { readonly digest: Buffer; readonly answer: string },
  digest: Buffer,
): Acknowledged {
  if (stored.digest.equals(digest)) return { code: 'AA', text: stored.answer }
  const text = 'The control id was used for another message.'
  return refuse(deps, header, 'AE', [{ code: '205', location: 'MSH^1^10', text }])
}

type Read =
  | { readonly reports: readonly ReportForPatient[] }
  | { readonly code: AckCode; readonly faults: readonly AckFault[] }

function readMessage(bytes: Uint8Array, header: AckedHeader, sender: Sender, now: Date): Read {
  const reject = (fault: AckFault): Read => ({ code: 'AR', faults: [fault] })
  // A repeating MSH-18 names further sets for escapes within fields; the first one is that of the message.
  const named = header.charset.split(header.delimiters.repetition)[0]?.trim() ?? ''
  const charset = named === '' ? sender.charset : charsetOf(named)
  if (charset === undefined) {
    return reject({ code: '103', location: 'MSH^1^18', text: 'Only UNICODE UTF-8, GB 18030-2000 and ASCII are read.' })
  }
  const text = decode(bytes, charset)
  if (text === undefined) {
    return reject({ code: '102', location: 'MSH^1^18', text: 'The bytes are not of the character set that is named.' })
  }
  if (CONTROL.test(text)) return reject({ code: '102', text: 'The message holds control characters.' })
  const message = parseMessage(text)
  if (typeof message === 'string') return reject({ code: '100', text: `The message cannot be read: ${message}.` })
  const msh = message.segments[0]
  const type = [valueOf(msh, 9, 1), valueOf(msh, 9, 2)].join('^')
  if (type !== 'ORU^R01') return reject({ code: '200', location: 'MSH^1^9', text: 'Only ORU^R01 is taken here.' })
  if (valueOf(msh, 11) !== 'P') {
    return reject({
      code: '202',
      location: 'MSH^1^11',
      text: 'Only production messages (P) are taken: a test is no result.',
    })
  }
  const read = readOru(message, { ...sender, now })
  return 'faults' in read ? { code: 'AE', faults: read.faults } : read
}

/** Each patient once: the orders of a message are mostly of one. */
async function findPatients(
  deps: LabsDeps,
  reports: readonly ReportForPatient[],
  by: LabsCaller,
): Promise<ReadonlyMap<string, PatientFound>> {
  const found = new Map<string, PatientFound>()
  for (const one of reports) {
    const key = patientKey(one)
    if (!found.has(key)) found.set(key, await findPatient(deps, one, by))
  }
  return found
}

const patientKey = ({ patient, said }: ReportForPatient): string => JSON.stringify([patient, said])

/** Holds every report, or keeps it for review where its patient is not known; says so as warnings. */
async function holdAll(
  deps: LabsDeps,
  tx: Tx,
  reports: readonly ReportForPatient[],
  patients: ReadonlyMap<string, PatientFound>,
  by: LabsCaller,
): Promise<readonly AckFault[]> {
  const faults: AckFault[] = []
  for (const [index, one] of reports.entries()) {
    const outcome = await holdOne(deps, tx, one, patients.get(patientKey(one)), by)
    const location = `OBR^${index + 1}`
    if (outcome.kind === 'review') {
      const text = `Kept for review: ${outcome.reason}.`
      faults.push({ code: '204', location: 'PID^1^3', text, severity: 'W' })
    } else if (outcome.kind === 'late') {
      faults.push({
        code: '205',
        location,
        text: 'A newer version is held; this one went to the history.',
        severity: 'I',
      })
    } else if (outcome.unmapped > 0) {
      const text = `${outcome.unmapped} results have no confirmed mapping of code or unit.`
      faults.push({ code: '103', location, text, severity: 'W' })
    }
  }
  return faults
}

const ackOf = (
  deps: Pick<LabsDeps, 'clock'>,
  header: AckedHeader,
  code: AckCode,
  faults: readonly AckFault[],
): string => buildAck(header, { code, faults, id: newId<'ack'>(), at: deps.clock.now() })

const refuse = (
  deps: Pick<LabsDeps, 'clock'>,
  header: AckedHeader,
  code: AckCode,
  faults: readonly AckFault[],
): Acknowledged => ({ code, text: ackOf(deps, header, code, faults) })
