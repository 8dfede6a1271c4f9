import { AppError } from '../kernel/errors.ts'
import { formatFen } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { fromWireId } from '../kernel/wire-id.ts'
import {
  contradictsPerson,
  documentTypeOf,
  findPersonId,
  type HeldInsurance,
  type IdentifierType,
  idsOfPerson,
  insurancesOf,
  type PersonId,
  readFullPeople,
  type SpecialIdentity,
} from '../people/index.ts'
import { readAccounts } from '../settlement/index.ts'
import { type Call, rowOf, valueOf } from './call.ts'
import { nhsaError } from './errors.ts'
import { askedBy, personFields } from './person-fields.ts'
import type { Input, Row } from './read-input.ts'
import { readTime } from './times.ts'
import { holderOf, type VoucherDeps } from './voucher.ts'
import type { Output, OutRow } from './write-output.ts'

/**
 * 1101: who it is, what the person is insured in, and what is special about them. Number, name and what was shown must be of
 * one person; which of them is not is not told, for that would let names be guessed.
 */
export async function readPersonInfo(deps: VoucherDeps, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'data')
  const personId = await identify(deps, call, row)
  const asked = valueOf(row, 'begntime')
  const date = asked === '' ? localDate(call.now) : localDate(readTime(asked))
  const { insurances, identities } = await insurancesOf(deps.db, personId, date)
  const accounts = await readAccounts(
    deps.db,
    insurances.map(({ insuredCity }) => ({ personId, insuredCity })),
    'none',
  )
  const balanceOf = new Map(accounts.map((one) => [one.insuredCity as string, formatFen(one.balance)]))
  const ask = { by: askedBy(call), action: 'people.read-full', purpose: 'settlement' }
  const person = (await readFullPeople(deps, [personId], ask)).get(personId)
  if (person === undefined) throw nhsaError('person-unknown')
  return {
    baseinfo: personFields(person, localDate(call.now)),
    insuinfo: insurances
      .filter((one) => one.from <= date)
      .map((one) => insuranceRow(one, balanceOf.get(one.insuredCity) ?? '0.00')),
    idetinfo: identities.map(identityRow),
  }
}

const insuranceRow = (one: HeldInsurance, balance: string): OutRow => ({
  balc: balance,
  insutype: one.insutype,
  psn_type: one.psnType,
  psn_insu_stas: one.status,
  psn_insu_date: one.from,
  paus_insu_date: one.pausedFrom ?? (one.status === '4' ? one.to : null),
  cvlserv_flag: one.cvlservFlag,
  insuplc_admdvs: one.insuredCity,
})

const identityRow = (one: SpecialIdentity): OutRow => ({
  psn_idet_type: one.psnIdetType,
  memo: one.memo,
  begntime: `${one.from} 00:00:00`,
  endtime: one.to === null ? '' : `${one.to} 23:59:59`,
})

async function identify(deps: VoucherDeps, call: Call, row: Row): Promise<PersonId> {
  const type = documentTypeOf(valueOf(row, 'psn_cert_type'))
  if (type === undefined) throw nhsaError('person-unknown')
  const personId = await find(deps, call, type, valueOf(row, 'certno'))
  if (personId === undefined) throw nhsaError('person-unknown')
  const group = await idsOfPerson(deps.db, personId)
  const certType = valueOf(row, 'mdtrt_cert_type')
  const number = valueOf(row, 'mdtrt_cert_no')
  const holder = await holderOf(deps, call, {
    type: certType,
    number,
    cardSn: valueOf(row, 'card_sn'),
    // Asking who somebody is uses no code up: the same one may be shown for what follows.
    purposes: ['treatment', 'check-in', 'settlement', 'purchase'],
  })
  const shown = holder ?? (await find(deps, call, certType === '03' ? 'social-security-card' : 'resident-id', number))
  if (shown === undefined || !group.includes(shown as PersonId)) throw nhsaError('person-mismatch')
  const said = { names: [valueOf(row, 'psn_name')], birthDate: null, sex: null }
  if (await contradictsPerson(deps, personId, [], said)) throw nhsaError('person-mismatch')
  return personId
}

async function find(deps: VoucherDeps, call: Call, type: IdentifierType, value: string): Promise<PersonId | undefined> {
  try {
    return await findPersonId(deps, [{ type, value }], askedBy(call))
  } catch (error) {
    // A text that cannot be such a number names nobody.
    if (error instanceof AppError && error.status < 500) return undefined
    throw error
  }
}

/** The person behind psn_no; what is no such number names nobody. @throws `nhsa.person-unknown` */
export function personIdOf(psnNo: string): PersonId {
  const personId = fromWireId(psnNo)
  if (personId === undefined) throw nhsaError('person-unknown')
  return personId as PersonId
}
