import { beginReading } from './begin-reading.ts'
import { recordsError } from './errors.ts'
import { isLocal, type LocalId, readHubId } from './hub-id.ts'
import type { RecordType } from './record-types.ts'
import type { RecordsDeps } from './records-deps.ts'
import { presenterFor } from './render-resource.ts'
import { askSources } from './search-for-person.ts'
import type { Found, Reader, SourceResult } from './types.ts'

export interface ReadRecord {
  readonly body: Buffer
  /** Version of the hospital, where it has one. */
  readonly etag: string | undefined
}

/** An id that was carried as a digest is looked for among so many of the person's records. */
const LOOKED_THROUGH = 4_000

/**
 * One resource by its id here (`hub-id.ts`). The id names person and hospital, so purpose, consent and relation are decided
 * before the hospital is asked, and the hospital is asked for it as a record of this person: another's is as absent as
 * one that does not exist.
 */
export async function readRecord(
  deps: RecordsDeps,
  by: Reader,
  address: { readonly type: RecordType | 'Patient'; readonly id: string },
  signal?: AbortSignal,
): Promise<ReadRecord> {
  const { type } = address
  const known = readHubId(address.id)
  if (known === undefined || (known.local.kind === 'own') !== (type === 'Patient')) {
    throw recordsError('resource-unknown', { detail: 'Ids are those that the hub gave in its answers.' })
  }
  const { personId, institution, local } = known
  const share = deps.exchange.room.openShare()
  try {
    const asked = { personId, types: [type], action: 'records.read' }
    const reading = await beginReading(deps, by, asked, deps.annotate)
    const [result] = await askSources(
      deps,
      by,
      { personId, type, institution, signal, action: 'records.read', ...whatToAsk(local) },
      { reading, share },
    )
    const found = result?.found.find((one) => local.kind === 'own' || isLocal(local, one.resource.id ?? ''))
    if (found === undefined) throw absent(result)
    const tags = (await reading.remarks?.(result === undefined ? [] : [result]))?.get(found.resource)
    return {
      body: Buffer.from(presenterFor(found.origin, `${deps.config.publicUrl}/fhir`).resource(found, tags), 'latin1'),
      etag: versionOf(found),
    }
  } finally {
    share.close()
  }
}

function whatToAsk(local: LocalId) {
  if (local.kind === 'id') return { form: { _id: [local.id] }, count: 1 }
  return { form: {}, count: local.kind === 'own' ? 1 : LOOKED_THROUGH }
}

/** Why there is nothing: what the hospital said, or that it did not say anything. */
function absent(result: SourceResult | undefined) {
  const { state, issue, withheld = 0 } = result ?? {}
  if (withheld > 0 || state === 'denied') {
    return recordsError('resource-withheld', { detail: 'It needs a consent of its own, which is not given.' })
  }
  if (state === 'failed' || state === 'partial' || state === 'cancelled' || state === 'skipped') {
    const detail = issue?.text ?? 'The hospital gave no answer.'
    return issue?.code === 'timeout'
      ? recordsError('source-late', { detail })
      : recordsError('source-failed', { detail })
  }
  return recordsError('resource-unknown')
}

function versionOf({ resource }: Found): string | undefined {
  const { meta } = resource
  const version = typeof meta === 'object' && meta !== null ? (meta as Record<string, unknown>)['versionId'] : undefined
  return typeof version === 'string' && /^[A-Za-z0-9.-]{1,64}$/.test(version) ? `W/"${version}"` : undefined
}
