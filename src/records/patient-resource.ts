import type { Identifier, Patient } from 'fhir/r4.js'
import type { AccessDecision } from '../consent/index.ts'
import { type IdentifierType, idsOfPerson, readMaskedPerson } from '../people/index.ts'
import { askedBy } from './asked-by.ts'
import { hubIdOfPatient } from './hub-id.ts'
import { readLocator } from './locator-store.ts'
import type { RecordsDeps } from './records-deps.ts'
import { IDENTIFIER_SYSTEMS } from './register-hospital.ts'
import type { Reader } from './types.ts'

type MaskedPerson = Awaited<ReturnType<typeof readMaskedPerson>>

const RENDERED = 'http://hl7.org/fhir/StructureDefinition/rendered-value'

/** The hub's own Patient of a person: masked, with links to what the hospitals that are not closed have of the same person. */
export async function readPerson(
  deps: RecordsDeps,
  by: Reader,
  personId: string,
  decision: Pick<AccessDecision, 'deniedSources'>,
): Promise<Patient> {
  const person = await readMaskedPerson(deps, personId, {
    by: askedBy(by),
    action: 'people.read',
    purpose: by.purpose,
  })
  return await presentPerson(deps, person, decision)
}

export async function presentPerson(
  deps: Pick<RecordsDeps, 'db' | 'exchange'>,
  person: MaskedPerson,
  { deniedSources }: Pick<AccessDecision, 'deniedSources'>,
): Promise<Patient> {
  const rows = await readLocator(deps.db, await idsOfPerson(deps.db, person.personId))
  const houses = new Set(
    rows
      .filter((row) => row.linked && isOpen(deps, row.institution) && !deniedSources.has(row.institution))
      .map((row) => row.institution),
  )
  const links = [...houses].sort().map((institution) => ({
    other: { reference: `Patient/${hubIdOfPatient(institution, person.personId)}`, type: 'Patient' },
    type: 'seealso' as const,
  }))
  return {
    resourceType: 'Patient',
    id: person.personId,
    ...(person.identifiers.length > 0 ? { identifier: person.identifiers.map(maskedIdentifier) } : {}),
    active: true,
    name: [{ use: 'official', text: person.maskedName }],
    gender: person.sex,
    // The day is masked: R4 dates may end with the year.
    birthDate: person.maskedBirthDate.slice(0, 4),
    ...(links.length > 0 ? { link: links } : {}),
  }
}

const isOpen = ({ exchange }: Pick<RecordsDeps, 'exchange'>, institution: string): boolean =>
  exchange.get(institution)?.hospital.enabled === true

/** A masked number is for the eye: it stands where R4 puts such a rendering, never as a value to be matched. */
function maskedIdentifier({ type, masked }: { readonly type: IdentifierType; readonly masked: string }): Identifier {
  const system = (IDENTIFIER_SYSTEMS as Readonly<Record<string, string | undefined>>)[type]
  return {
    type: { text: type },
    ...(system === undefined ? {} : { system }),
    _value: { extension: [{ url: RENDERED, valueString: masked }] },
  }
}
