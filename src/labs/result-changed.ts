import type { Resource } from '../fhir/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { LabsDeps } from './caller.ts'

/**
 * The exchange's topic "a hospital says that a result of its own changed" (src/records/result-changed.ts): a held result
 * is no other for those who used it. Written here as a name, since that slice stands above this one.
 */
const RESULT_CHANGED = 'records.result-changed'

/**
 * One event for each resource that was held and says something else now, for a decision may rest on any of them. What
 * is not there any more counts as entered in error.
 */
export async function tellChanged(
  deps: Pick<LabsDeps, 'outbox'>,
  tx: Tx,
  of: {
    readonly personId: string
    readonly institution: string
    readonly before: readonly Resource[]
    readonly after: readonly Resource[]
  },
): Promise<void> {
  const byId = new Map(of.after.map((one) => [one.id, one]))
  for (const resource of of.before) {
    if (resource.resourceType === 'Specimen' || resource.id === undefined) continue
    const after = byId.get(resource.id)
    if (after !== undefined && contentOf(after) === contentOf(resource)) continue
    await deps.outbox.append(tx, {
      topic: RESULT_CHANGED,
      payload: {
        personId: of.personId,
        institution: of.institution,
        resourceType: resource.resourceType,
        resourceId: resource.id,
        state: after === undefined ? 'entered-in-error - -' : stateOf(after),
      },
    })
  }
}

/** Version and time of a resource are no content. */
const contentOf = ({ meta: _meta, ...resource }: Resource): string => JSON.stringify(resource)

/** State of a result as listeners compare it: status, time of issue, version. */
function stateOf(resource: Resource): string {
  const { versionId } = resource['meta'] as { readonly versionId: string }
  return [resource['status'], resource['issued'] ?? '-', versionId].join(' ')
}
