import type { Deps } from '../../kernel/deps.ts'
import { AppError } from '../../kernel/errors.ts'
import { fromWireId } from '../../kernel/wire-id.ts'
import {
  contradictsPerson,
  documentTypeOf,
  findPersonId,
  type IdentifierType,
  idsOfPerson,
  insurancesAt,
  type PersonId,
} from '../../people/index.ts'
import { visitError } from './errors.ts'
import { invalid } from './read-fields.ts'
import type { SaidOfPatient, Sender } from './types.ts'
import { askedBy } from './visit-audit.ts'

/** A person whose data a call has told rightly. */
export interface Patient {
  readonly personId: string
  /** Every id of the person. */
  readonly group: readonly string[]
  readonly insuredCity: string
  readonly insutype: string
  readonly psnType: string
}

const mismatch = (field: string, detail: string) =>
  visitError('person-mismatch', { detail: `${field}: ${detail}`, errors: [{ pointer: `/${field}`, detail }] })

/** The person behind psn_no; nobody and somebody else's look the same. */
export function readPsnNo(psnNo: string): string {
  const personId = fromWireId(psnNo)
  if (personId === undefined) throw invalid('/psn_no', 'is not a number that 1101 gave')
  return personId
}

/**
 * Compares what a call says of its person with the person index: number, name, insurance. Nothing of it is kept; each look
 * for a number is audited by the index.
 *
 * @throws `visit.person-mismatch` naming the field
 */
export async function checkPatient(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  by: Sender,
  said: SaidOfPatient,
  day: string,
): Promise<Patient> {
  const personId = readPsnNo(said.psnNo)
  const group = await idsOfPerson(deps.db, personId)
  const type = documentTypeOf(said.psnCertType)
  if (type === undefined) throw invalid('/psn_cert_type', 'is a kind of document that the person index does not have')
  const isOfPerson = async (kind: IdentifierType, value: string): Promise<boolean> => {
    const owner = await findOwner(deps, by, kind, value)
    return owner !== undefined && (group as readonly string[]).includes(owner)
  }
  if (!(await isOfPerson(type, said.certno))) throw mismatch('certno', 'is not the number of the person of psn_no')
  if (said.verified !== undefined && !(group as readonly string[]).includes(said.verified.personId)) {
    throw mismatch('mdtrt_cert_no', 'is not of the person of psn_no')
  }
  await checkPresented(said, isOfPerson)
  if (
    said.psnName !== undefined &&
    said.psnName !== '' &&
    (await contradictsPerson(deps, personId, [], { names: [said.psnName], birthDate: null, sex: null }))
  ) {
    throw mismatch('psn_name', 'is not the name of the person of psn_no')
  }
  const insurance = (await insurancesAt(deps.db, [personId], day)).get(personId as PersonId)
  if (insurance === undefined) throw mismatch('insutype', 'the person is not insured in the four cities on that day')
  if (insurance.insutype !== said.insutype) throw mismatch('insutype', 'is not the insurance of the person on that day')
  if (said.psnType !== undefined && said.psnType !== '' && said.psnType !== insurance.psnType) {
    throw mismatch('psn_type', 'is not the kind of the person on that day')
  }
  const { insuredCity, insutype, psnType } = insurance
  return { personId, group, insuredCity, insutype, psnType }
}

/** What was shown at the counter must be the person's as well. */
async function checkPresented(
  said: SaidOfPatient,
  isOfPerson: (kind: IdentifierType, value: string) => Promise<boolean>,
): Promise<void> {
  const { mdtrtCertType: type, mdtrtCertNo: value } = said
  if (!['01', '02', '03'].includes(type)) throw invalid('/mdtrt_cert_type', 'must be 01, 02 or 03')
  if (type === '03' && (said.cardSn === undefined || said.cardSn === '')) {
    throw invalid('/card_sn', 'is required with mdtrt_cert_type 03')
  }
  if (said.verified !== undefined) return
  if (type === '01') throw mismatch('mdtrt_cert_no', 'was not verified')
  if (value === undefined || value === '') return
  if (type === '02' && value === said.certno) return
  if (!(await isOfPerson(type === '02' ? 'resident-id' : 'social-security-card', value))) {
    throw mismatch('mdtrt_cert_no', 'is not of the person of psn_no')
  }
}

async function findOwner(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'>,
  by: Sender,
  type: IdentifierType,
  value: string,
): Promise<string | undefined> {
  try {
    return await findPersonId(deps, [{ type, value }], askedBy(by))
  } catch (error) {
    if (error instanceof AppError && error.code === 'people.identifiers-of-several') return undefined
    throw error
  }
}
