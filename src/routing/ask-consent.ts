import { type DecideDeps, decideAccess } from '../consent/index.ts'
import { isList, isObject } from '../fhir/index.ts'
import type { RoutingPolicy } from './open-policy.ts'

export type ConsentDeps = DecideDeps & { readonly policy: RoutingPolicy }

/**
 * What stops a message: the person's own word, or that a purpose needs a word which was not given. That a relation of care is
 * missing or a purpose is not for hospitals does not: those are conditions of reading, and here the sender speaks, who answers
 * for it. A purpose that a law decides never gives one of these.
 */
const STOPPING: ReadonlySet<string> = new Set(['consent-denied', 'consent-withdrawn', 'no-consent'])

export interface Aimed {
  /** Null: the message names nobody who is registered, so nothing can have been said. */
  readonly personId: string | null
  readonly sender: string | null
  readonly destination: string
  readonly event: string
  readonly types: readonly string[]
}

/** The code of the reason for which a message must not be delivered now; undefined: it may be. */
export async function stoppedBy(deps: ConsentDeps, aimed: Aimed): Promise<string | undefined> {
  const { personId, sender, event, types } = aimed
  if (personId === null || types.length === 0) return undefined
  const institution = deps.policy.destination(aimed.destination)?.institution ?? aimed.destination
  const { purpose } = deps.policy.channel(event, deps.clock.now())
  const decision = await decideAccess(deps, {
    personId,
    by: { clientId: 'routing', institution, role: 'hospital' },
    purpose,
    resourceTypes: types,
  })
  if (!decision.allow) return decision.reasonCodes.find((one) => STOPPING.has(one))
  return sender !== null && decision.deniedSources.has(sender) ? 'sources-denied' : undefined
}

/** The types of what a message carries: its header is the hub's own business. */
export function typesIn(bundle: unknown): readonly string[] {
  const entries = isObject(bundle) && isList(bundle['entry']) ? bundle['entry'].filter(isObject) : []
  const types = entries.flatMap(({ resource }) => {
    const type = isObject(resource) ? resource['resourceType'] : undefined
    return typeof type === 'string' && type !== 'MessageHeader' ? [type] : []
  })
  return [...new Set(types)]
}
