import type { Bundle, BundleEntry, OperationOutcome, OperationOutcomeIssue, Patient } from 'fhir/r4.js'
import { appendAudits } from '../audit/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { personEvent } from './audit-person.ts'
import { findPersonIds } from './find-person-id.ts'
import { PERSON_SYSTEM } from './identifier-systems.ts'
import { readLocalIds, readSystemsOf } from './local-id-store.ts'
import { type MaskedDetails, readMasked } from './masked-people.ts'
import { FULL_POINTS, hasKeyParameters, KEY_PARAMETERS } from './match-rules.ts'
import type { MatchQuestion } from './read-match-parameters.ts'
import { type FoundPerson, searchPeople } from './search-people.ts'
import type { AskedBy, PersonId } from './types.ts'

const MATCH_GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade'
/** Ours: how one field compared and what it counted. */
const MATCH_FIELD = 'urn:yimatong:fhir:match-field'

/**
 * Answers `Patient/$match` (IHE PDQm ITI-119): who may be meant, the best first, each with its grade, its score and what it
 * comes from. People are shown masked. A search without key parameters is not run; that, what was not used and what was
 * left out stand in an outcome entry. Every search and everybody shown leaves an audit event first.
 */
export async function matchPatients(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>,
  question: MatchQuestion,
  by: AskedBy & { readonly institution: string },
): Promise<Bundle> {
  const { asked, localIds, onlyCertainMatches, count } = question
  const issues: OperationOutcomeIssue[] = []
  if (!hasKeyParameters(asked) && localIds.length === 0) {
    await audit([], ['not-run'])
    issues.push(issue('warning', 'required', `The search was not run: it needs ${KEY_PARAMETERS}.`))
    return bundleOf([], [...issues, ...unusedIssues(question)])
  }
  const byNumber = await findPersonIds(deps, localIds, by.institution)
  const { found, incomplete } = await searchPeople(deps, asked, byNumber)
  if (incomplete) {
    issues.push(issue('warning', 'incomplete', 'Too many people share what was given: say more, there may be others.'))
  }
  const fit = settled(found).filter(({ score }) => !onlyCertainMatches || score.grade === 'certain')
  const shown = fit.slice(0, count)
  if (fit.length > shown.length) {
    issues.push(
      issue('information', 'incomplete', `${fit.length - shown.length} more than the count that was asked for.`),
    )
  }
  await audit(
    shown.map((one) => one.personId),
    shown.length === 0 ? ['none-found'] : [],
  )
  const people = await readMasked(
    deps,
    deps.db,
    shown.map((one) => one.personId),
  )
  const own = await ownNumbers(deps, by.institution, [...people.values()])
  const entries = shown.flatMap((match): BundleEntry[] => {
    const person = people.get(match.personId)
    return person === undefined ? [] : [entryOf(deps.config.publicUrl, match, toPatient(person, own))]
  })
  return bundleOf(entries, [...issues, ...unusedIssues(question)])

  async function audit(personIds: readonly PersonId[], reasonCodes: readonly string[]): Promise<void> {
    const entry = { action: 'people.match', purpose: 'identification' }
    const events = personIds.map((personId) => personEvent(by, { ...entry, personId }))
    await appendAudits(deps.db, events.length > 0 ? events : [personEvent(by, { ...entry, reasonCodes })], deps.clock)
  }
}

/** Two that are certain contradict each other: then none is, and somebody has to look. */
function settled(matches: readonly FoundPerson[]): readonly FoundPerson[] {
  const certain = matches.filter(({ score }) => score.grade === 'certain')
  if (certain.length < 2) return matches
  return matches.map((one) =>
    one.score.grade === 'certain' ? { ...one, score: { ...one.score, grade: 'probable' as const } } : one,
  )
}

/** The caller's own numbers of people, by the row that they stand with. */
async function ownNumbers(
  { db }: Pick<Deps, 'db'>,
  institution: string,
  people: readonly MaskedDetails[],
): Promise<ReadonlyMap<string, readonly { readonly system: string; readonly value: string }[]>> {
  const systems = (await readSystemsOf(db, institution)).map((one) => one.system)
  const rows = await readLocalIds(
    db,
    people.flatMap((person) => person.group),
    systems,
  )
  return Map.groupBy(rows, (row) => row.personId)
}

/** Masked: identity numbers are never told, not even to somebody who gave one. */
function toPatient(person: MaskedDetails, own: Awaited<ReturnType<typeof ownNumbers>>): Patient {
  const local = person.group.flatMap((id) => own.get(id) ?? [])
  return {
    resourceType: 'Patient',
    id: person.personId,
    meta: {
      security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'MASKED' }],
    },
    identifier: [
      { use: 'official', system: PERSON_SYSTEM, value: person.personId },
      ...local.map(({ system, value }) => ({ use: 'secondary' as const, system, value })),
    ],
    active: true,
    name: [{ text: person.maskedName }],
    gender: person.sex,
    // A FHIR date may be a year alone.
    birthDate: person.maskedBirthDate.slice(0, 4),
  }
}

function entryOf(publicUrl: string, { score }: FoundPerson, patient: Patient): BundleEntry {
  return {
    fullUrl: `${publicUrl}/fhir/Patient/${patient.id}`,
    resource: patient,
    search: {
      extension: [
        { url: MATCH_GRADE, valueCode: score.grade },
        ...score.fields.map(({ field, agreement, points }) => ({
          url: MATCH_FIELD,
          extension: [
            { url: 'field', valueCode: field },
            { url: 'agreement', valueCode: agreement },
            { url: 'points', valueInteger: points },
          ],
        })),
      ],
      mode: 'match',
      score: score.points / FULL_POINTS,
    },
  }
}

function unusedIssues({ unused }: MatchQuestion): OperationOutcomeIssue[] {
  return unused.map((element) => ({
    ...issue('information', 'not-supported', 'Is not used by this search.'),
    expression: [`Patient.${element}`],
  }))
}

function issue(
  severity: OperationOutcomeIssue['severity'],
  code: OperationOutcomeIssue['code'],
  diagnostics: string,
): OperationOutcomeIssue {
  return { severity, code, diagnostics }
}

function bundleOf(matches: BundleEntry[], issues: OperationOutcomeIssue[]): Bundle {
  const told: OperationOutcome = { resourceType: 'OperationOutcome', issue: issues }
  const outcome: BundleEntry[] = issues.length === 0 ? [] : [{ resource: told, search: { mode: 'outcome' } }]
  const entry = [...matches, ...outcome]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    // R4 JSON has no empty arrays.
    ...(entry.length > 0 ? { entry } : {}),
  }
}
