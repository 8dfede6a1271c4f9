import type { Parameters, ParametersParameter } from 'fhir/r4.js'
import type { Deps } from '../kernel/deps.ts'
import { auditPerson } from './audit-person.ts'
import { peopleError } from './errors.ts'
import { findPersonIds } from './find-person-id.ts'
import { identifierTypeOf, PERSON_SYSTEM } from './identifier-systems.ts'
import { type LocalId, readLocalIds, readSystems, readSystemsOf } from './local-id-store.ts'
import { readGroup } from './merged-store.ts'
import type { AskedBy } from './types.ts'

/** What a caller of `Patient/$ihe-pix` asks (IHE PIXm ITI-83). */
export interface PixQuestion {
  readonly source: LocalId
  /** Name spaces to answer in; empty: the caller's own and ours. */
  readonly targets: readonly string[]
}

/**
 * Answers under which numbers a person is known: ours, the caller's own, and those of other hospitals that let theirs be
 * told and were asked for by name. Identity numbers are no answer, whoever asks.
 *
 * @throws `people.source-unknown`; `people.target-unknown`, also for a name space that its hospital keeps to itself
 */
export async function crossReference(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>,
  { source, targets }: PixQuestion,
  by: AskedBy & { readonly institution: string },
): Promise<Parameters> {
  const { db } = deps
  const people = await findPersonIds(deps, [source], by.institution)
  const [personId] = people
  const audit = { action: 'people.cross-reference', purpose: 'identification' }
  // Before it is told whether the source is known: a refusal must not depend on somebody else's patients.
  const systems = await askedSystems()
  if (personId === undefined) {
    await auditPerson(deps, db, by, { ...audit, reasonCodes: ['none-found'] })
    throw peopleError('source-unknown')
  }
  await auditPerson(deps, db, by, { ...audit, personId, fieldsTouched: ['local-id'] })
  const group = await readGroup(db, personId)
  const rows = await readLocalIds(
    db,
    group,
    systems.filter((one) => one !== PERSON_SYSTEM),
  )
  const ours = systems.includes(PERSON_SYSTEM)
  const parameter: ParametersParameter[] = [
    ...(ours
      ? [
          {
            name: 'targetIdentifier',
            valueIdentifier: { use: 'official' as const, system: PERSON_SYSTEM, value: personId },
          },
        ]
      : []),
    ...rows
      // The source itself is no answer.
      .filter(({ system, value }) => system !== source.system || value !== source.value)
      .map(({ system, value }) => ({
        name: 'targetIdentifier',
        valueIdentifier: { use: 'secondary' as const, system, value },
      })),
    ...(ours
      ? [
          {
            name: 'targetId',
            valueReference: { reference: `${deps.config.publicUrl}/fhir/Patient/${personId}` },
          },
        ]
      : []),
  ]
  // R4 JSON has no empty arrays.
  return { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) }

  async function askedSystems(): Promise<readonly string[]> {
    if (targets.length === 0) {
      return [PERSON_SYSTEM, ...(await readSystemsOf(db, by.institution)).map((one) => one.system)]
    }
    const wanted = targets.filter((target) => target !== PERSON_SYSTEM)
    const open = (await readSystems(db, wanted)).filter((one) => one.institution === by.institution || one.shared)
    const known = new Set(open.map((one) => one.system))
    const unknown = wanted.filter((target) => !known.has(target))
    if (unknown.length > 0) {
      await auditPerson(deps, db, by, { ...audit, result: 'refused', reasonCodes: ['people.target-unknown'] })
      const personal = unknown.some((target) => identifierTypeOf(target) !== undefined)
      throw peopleError('target-unknown', {
        detail: personal
          ? 'Identity numbers are not told; name the name space of a hospital, or ours.'
          : 'The name space is not known here, or its hospital keeps it to itself.',
      })
    }
    return [...new Set(targets)]
  }
}
