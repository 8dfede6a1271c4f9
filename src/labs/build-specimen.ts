import type { Resource } from '../fhir/index.ts'
import { conditionCodeOf, isSpecimenCode, isUnfit, specimenCodeOf } from './terms.ts'
import type { LabSpecimen } from './types.ts'

const SPECIMEN_TYPE = 'http://terminology.hl7.org/CodeSystem/v2-0487'
const SPECIMEN_CONDITION = 'http://terminology.hl7.org/CodeSystem/v2-0493'
const SPECIMEN_NUMBER = 'urn:oid:2.16.156.10011.1.14'

/** The specimen of a report; `common` is what all resources of the report share. */
export function specimenResource(
  specimen: LabSpecimen,
  common: { readonly meta: object; readonly subject: object },
  id: string,
): Resource {
  const words = specimen.typeText ?? specimen.type
  const standard = isTable0487(specimen) ? (specimen.type ?? undefined) : specimenCodeOf(words)
  const condition = specimen.condition
  const conditionCode = condition === null ? undefined : (conditionCodeOf(condition) ?? table0493(condition))
  return {
    resourceType: 'Specimen',
    id,
    meta: common.meta,
    ...(specimen.number === null ? {} : { identifier: [{ system: SPECIMEN_NUMBER, value: specimen.number }] }),
    status: isUnfit(condition) ? 'unsatisfactory' : 'available',
    ...(words === null
      ? {}
      : {
          type: {
            ...(standard === undefined ? {} : { coding: [{ system: SPECIMEN_TYPE, code: standard }] }),
            text: words,
          },
        }),
    subject: common.subject,
    ...(specimen.receivedAt === null ? {} : { receivedTime: specimen.receivedAt }),
    ...(specimen.collectedAt === null ? {} : { collection: { collectedDateTime: specimen.collectedAt } }),
    ...(condition === null
      ? {}
      : {
          condition: [
            {
              ...(conditionCode === undefined ? {} : { coding: [{ system: SPECIMEN_CONDITION, code: conditionCode }] }),
              text: condition,
            },
          ],
        }),
  }
}

/** A sender that names the table, or a code of it that nobody uses for something else. */
function isTable0487({ type, typeSystem }: LabSpecimen): boolean {
  if (type === null) return false
  return typeSystem === 'HL70487' ? /^[A-Z0-9-]{2,12}$/.test(type) : typeSystem === null && isSpecimenCode(type)
}

/** Codes of HL7 table 0493, and the one for lipaemic that systems add. */
const TABLE_0493 = new Set(['AUT', 'CFU', 'CLOT', 'CON', 'COOL', 'FROZ', 'HEM', 'LIP', 'LIVE', 'ROOM', 'SNR'])

const table0493 = (condition: string): string | undefined => (TABLE_0493.has(condition) ? condition : undefined)
