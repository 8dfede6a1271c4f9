import type { CityCode } from '../codes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { localDate } from '../kernel/time.ts'
import { answerOnce, storedAnswer } from './answer-once.ts'
import { cityOfArea } from './area.ts'
import type { Call, Transaction } from './call.ts'
import { envelopeText, isFault, isPassing, messageOf, REQUEST_FIELDS, type Receipt } from './envelope.ts'
import { nhsaError } from './errors.ts'
import type { Nhsa } from './open-nhsa.ts'
import { type Fault, type Input, isObject, type Row, readInput, readRow } from './read-input.ts'
import { isSignedIn } from './sign-in.ts'
import { writeOutput } from './write-output.ts'

export type CallDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'log'> & {
  readonly nhsa: Nhsa
  readonly institutions: InstitutionTable
}

/** A call as the route got it, its caller known. */
export interface Incoming {
  readonly body: unknown
  /** The transaction as address and gateway header name it, where they do. */
  readonly namedElsewhere: readonly string[]
  readonly institution: string
  readonly by: Call['by']
}

/** 510000, where no city of the caller is known. */
const PROVINCE = '510000'

/** input is C(40000), counted in characters of its JSON. */
const MOST_INPUT = 40_000

/**
 * Answers one call with the text of its envelope. Whatever goes wrong is an envelope too (infcode -1): the interface knows no
 * other errors once the gateway let a call pass.
 */
export async function handleCall(
  deps: CallDeps,
  transactions: ReadonlyMap<string, Transaction>,
  incoming: Incoming,
): Promise<string> {
  const receivedAt = deps.clock.now()
  const receipt: Receipt = {
    admdvs: deps.institutions.get(incoming.institution)?.city ?? PROVINCE,
    serial: await deps.nhsa.nextSerial(),
    receivedAt,
  }
  const refuse = (error: unknown): string => {
    if (isFault(error)) deps.log.error({ err: error, requestId: incoming.by.requestId }, 'a call failed')
    return envelopeText(receipt, deps.clock.now(), { errMsg: messageOf(error) })
  }
  try {
    const { transaction, call, input } = readCall(deps, transactions, incoming, receivedAt)
    const message = {
      institution: call.institution.code,
      msgid: call.msgid,
      infno: transaction.table.infno,
      body: JSON.stringify(incoming.body),
      stands: () => transaction.stands(call),
    }
    const once = { ...deps, underWay: deps.nhsa.underWay }
    if (transaction.needsSignIn && !(await isSignedIn(deps, call))) {
      // What was answered while the sign-in lasted is answered again after it.
      const stored = await storedAnswer(once, message)
      if (stored === undefined) throw nhsaError('signed-out')
      return stored
    }
    return await answerOnce(once, message, async (again) => {
      try {
        const output = writeOutput(
          await transaction.run({ ...call, again }, input),
          transaction.table.output,
          call.codes,
        )
        return { text: envelopeText(receipt, deps.clock.now(), { output }), keep: true }
      } catch (error) {
        return { text: refuse(error), keep: !isPassing(error) }
      }
    })
  } catch (error) {
    return refuse(error)
  }
}

type ReadCall = Omit<Call, 'again'>

/** Reads envelope and input, and refuses what contradicts itself or the caller. */
function readCall(
  deps: CallDeps,
  transactions: ReadonlyMap<string, Transaction>,
  { body, namedElsewhere, institution: code, by }: Incoming,
  now: Date,
): { readonly transaction: Transaction; readonly call: ReadCall; readonly input: Input } {
  const institution = deps.institutions.get(code)
  if (institution === undefined) throw nhsaError('institution-unknown')
  if (!isObject(body)) throw nhsaError('field-invalid', { errors: [{ pointer: '报文', detail: '应为JSON对象' }] })
  const infno = typeof body['infno'] === 'string' ? body['infno'] : ''
  const transaction = transactions.get(infno)
  if (namedElsewhere.some((name) => name !== infno)) throw nhsaError('infno-mismatch')
  if (transaction === undefined) throw nhsaError('infno-unknown')

  const codes = deps.nhsa.codesOf(institution.city, localDate(now))
  const faults: Fault[] = []
  const envelope = readRow(body, REQUEST_FIELDS, '', { codes, faults })
  const inputText = JSON.stringify(body['input'] ?? null)
  if (inputText.length > MOST_INPUT) {
    faults.push({ place: 'input（交易输入）', reason: `长度超过${MOST_INPUT}` })
  }
  const input = faults.length > 0 ? {} : readInput(body['input'], transaction.table.input, { codes, faults })
  if (faults.length > 0) throw nhsaError('field-invalid', { errors: faults.map(toFieldError) })

  const call = { institution, envelope, codes, now, by, msgid: envelope['msgid'] ?? '' }
  const insuredCity = checkEnvelope(call, input)
  return { transaction, call: { ...call, insuredCity }, input }
}

const toFieldError = ({ place, reason }: Fault): FieldError => ({ pointer: place, detail: reason })

/** Form of a msgid (section 1.1): the institution's code, a time, a sequence. */
const MSGID_END = /^\d{14}[0-9A-Za-z]{4}$/

/** What the fields of the envelope must say together; gives the insured city. */
function checkEnvelope(call: Omit<ReadCall, 'insuredCity'>, input: Input): CityCode | undefined {
  const { envelope, institution, codes } = call
  if (envelope['fixmedins_code'] !== institution.code) throw nhsaError('not-your-institution')
  if (!call.msgid.startsWith(institution.code) || !MSGID_END.test(call.msgid.slice(12))) throw nhsaError('msgid-form')
  if (cityOfArea(envelope['mdtrtarea_admvs'] ?? '') !== institution.city) throw nhsaError('wrong-area')
  for (const name of ['infver', 'recer_sys_code'] as const) {
    if (
      !codes
        .setting(name)
        .split(',')
        .includes(envelope[name] ?? '')
    ) {
      throw nhsaError('field-invalid', {
        errors: [
          {
            pointer: name === 'infver' ? 'infver（接口版本号）' : 'recer_sys_code（接收方系统代码）',
            detail: '不是本地约定的值',
          },
        ],
      })
    }
  }
  const insured = envelope['insuplc_admdvs'] ?? ''
  if (insured === '') {
    if (Object.values(input).some((rows) => rows.some(namesPerson))) throw nhsaError('insured-area-missing')
    return undefined
  }
  const city = cityOfArea(insured)
  if (city === undefined) throw nhsaError('insured-area-outside')
  return city
}

const namesPerson = (row: Row): boolean => (row['psn_no'] ?? '') !== ''
