import { isCityCode } from '../../codes/index.ts'
import type { InstitutionFacts } from '../../institutions/index.ts'
import type { Tx } from '../../kernel/db.ts'
import { newId } from '../../kernel/ids.ts'
import { localDate } from '../../kernel/time.ts'
import { toWireId } from '../../kernel/wire-id.ts'
import type { Patient } from './check-patient.ts'
import { visitError } from './errors.ts'
import type { VisitDeps } from './open-visit.ts'
import { assertImpersonal } from './read-fields.ts'
import type { Diagnosis, Sender, VisitKind } from './types.ts'
import { insertVisit, readNumber, takeNumber, type VisitTold } from './visit-store.ts'

/** The register's facts of the sender; without them it gives no care. */
export function factsOfSender(deps: VisitDeps, by: Sender, day = localDate(deps.clock.now())): InstitutionFacts {
  const facts = deps.settlement.institutions.factsAt(by.institution, day)
  if (facts === undefined || !isCityCode(facts.city)) {
    throw visitError('institution-unknown', {
      detail: 'fixmedins_code: the register has no institution with your code.',
    })
  }
  return facts
}

/** Writes a new visit under its number in the institution: the number's key decides between parallel calls. */
export async function beginVisit(
  tx: Tx,
  deps: VisitDeps,
  by: Sender,
  of: {
    readonly id?: string
    readonly kind: VisitKind
    readonly patient: Patient
    readonly begunAt: Date
    /** With the name of its field: ipt_otp_no or ipt_no. */
    readonly number?: { readonly value: string; readonly field: string }
    readonly medType: string | null
    readonly diseCodg: string | null
    readonly mdtrtCertType: string
    readonly told: VisitTold
    readonly diagnoses: readonly Diagnosis[]
  },
): Promise<string> {
  const { id = newId<'visit'>(), patient, number } = of
  const { personId } = patient
  if (number !== undefined) {
    assertImpersonal(number.value, deps.clock.now(), `/${number.field}`)
    const row = { institution: by.institution, iptOtpNo: number.value, personId, visitId: id }
    if (!(await takeNumber(tx, row))) {
      const holder = await readNumber(tx, by.institution, number.value)
      // To whom the visit belongs is told only where it is the same person's: so a lost answer is found again.
      const same = holder !== undefined && patient.group.includes(holder.personId)
      throw visitError('number-taken', {
        detail: `${number.field}: another visit of your institution has this number${same ? `, of the same person: mdtrt_id ${toWireId(holder.visitId)}` : ''}.`,
        errors: [{ pointer: `/${number.field}`, detail: 'is in use' }],
        ...(same ? { meta: { mdtrt_id: toWireId(holder.visitId) } } : {}),
      })
    }
  }
  await insertVisit(
    tx,
    {
      id,
      personId,
      institution: by.institution,
      treatmentCity: factsOfSender(deps, by).city,
      insuredCity: patient.insuredCity,
      kind: of.kind,
      iptOtpNo: number?.value ?? null,
      insutype: patient.insutype,
      psnType: patient.psnType,
      medType: of.medType,
      diseCodg: of.diseCodg,
      mdtrtCertType: of.mdtrtCertType,
      begunAt: of.begunAt,
      told: of.told,
      diagnoses: of.diagnoses,
    },
    deps.clock.now(),
  )
  return id
}
