import type { BundleLink, FhirResource, OperationOutcome, Patient } from 'fhir/r4.js'
import type { Tag } from './annotate.ts'
import { toBytes } from './bytes-text.ts'
import type { Shown } from './merge.ts'
import { summaryOf } from './outcomes.ts'
import { provenanceOf } from './provenance.ts'
import { type Presenter, presenterFor } from './render-resource.ts'
import type { Found, Origin, Resource, SourceResult } from './types.ts'

export interface BundleParts {
  readonly fhirBase: string
  readonly shown: readonly Shown[]
  readonly results: readonly SourceResult[]
  readonly outcomes: readonly OperationOutcome[]
  readonly tags: ReadonlyMap<Resource, readonly Tag[]>
  /** The hub's own resource of the person: the first match of `$everything`, else an include. */
  readonly patient?: { readonly resource: Patient; readonly mode: 'match' | 'include' } | undefined
  readonly withProvenance: boolean
  readonly total: number | undefined
  readonly links: readonly BundleLink[]
  readonly at: Date
}

/**
 * One searchset of what all sources gave: each entry tagged with its source and linked to its address there (`via`), what
 * came along with the shown ones, and the outcomes. `search.mode = outcome` exists up to R5; this function is the only
 * place that knows it. The text is written once; records are not taken apart for it.
 */
export function renderBundle(parts: BundleParts): Buffer {
  const { fhirBase, shown, results, outcomes, patient, total, links, at } = parts
  const presenters = new Map<string, Presenter>()
  const presenterOf = (origin: Origin): Presenter => {
    let presenter = presenters.get(origin.institution)
    if (presenter === undefined) {
      presenter = presenterFor(origin, fhirBase)
      presenters.set(origin.institution, presenter)
    }
    return presenter
  }
  const foundEntry = (found: Found, mode: 'match' | 'include'): string => {
    const presenter = presenterOf(found.origin)
    const address = presenter.address(found)
    const via = address === found.fullUrl ? '' : `"link":[{"relation":"via","url":${quoted(found.fullUrl)}}],`
    const text = presenter.resource(found, parts.tags.get(found.resource))
    return `{"fullUrl":${quoted(address)},${via}"resource":${text},"search":{"mode":"${mode}"}}`
  }
  const ownEntry = (resource: FhirResource, mode: string): string =>
    `{${resource.id === undefined ? '' : `"fullUrl":${quoted(fullUrlOf(resource, fhirBase))},`}"resource":${toBytes(
      JSON.stringify(resource),
    )},"search":{"mode":"${mode}"}}`

  const provenances = parts.withProvenance
    ? shown
        .filter((one) => one.copies.length > 0)
        .map((one) => provenanceOf(one, presenterOf(one.found.origin).address(one.found), at))
    : []
  const entries = [
    ...(patient === undefined ? [] : [ownEntry(patient.resource, patient.mode)]),
    ...shown.map((one) => foundEntry(one.found, 'match')),
    ...includedWith(shown, results).map((found) => foundEntry(found, 'include')),
    ...provenances.map((one) => ownEntry(one, 'include')),
    ...outcomes.map((one) => ownEntry(one, 'outcome')),
  ]
  const head = toBytes(
    JSON.stringify({
      resourceType: 'Bundle',
      meta: { lastUpdated: at.toISOString(), extension: [summaryOf(results)] },
      type: 'searchset',
      total,
      link: links,
    }),
  )
  // R4 JSON has no empty arrays.
  return entries.length === 0 ? Buffer.from(head, 'latin1') : written([`${head.slice(0, -1)},"entry":[`, entries, ']}'])
}

/** Piece by piece into the bytes that are sent: a whole text of some megabytes would lie beside them. */
function written([head, entries, tail]: readonly [string, readonly string[], string]): Buffer {
  const size = entries.reduce((sum, one) => sum + one.length + 1, head.length + tail.length - 1)
  const bytes = Buffer.allocUnsafe(size)
  let at = bytes.write(head, 0, 'latin1')
  for (const [index, entry] of entries.entries()) {
    if (index > 0) at += bytes.write(',', at, 'latin1')
    at += bytes.write(entry, at, 'latin1')
  }
  bytes.write(tail, at, 'latin1')
  return bytes
}

const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : toBytes(JSON.stringify(text)))
/** Stands in JSON as it is. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

function fullUrlOf({ resourceType, id = '' }: FhirResource, fhirBase: string): string {
  // Made for this answer alone: it cannot be read again.
  return resourceType === 'Provenance' ? `urn:uuid:${id}` : `${fhirBase}/${resourceType}/${id}`
}

/** Of what came along, that which a shown match points to; each once, and none that is a match itself. */
function includedWith(shown: readonly Shown[], results: readonly SourceResult[]): readonly Found[] {
  const included = results.flatMap((one) => one.included)
  if (included.length === 0) return []
  const wanted = new Set<string>()
  const have = new Set<string>()
  for (const { found } of shown) {
    const { text, place, source, origin, resource } = found
    const own = `${origin.baseUrl}/`
    have.add(`${source} ${resource.resourceType}/${resource.id ?? ''}`)
    for (const [from, to] of place.addresses) {
      const written = text.slice(from + 1, to - 1)
      wanted.add(`${source} ${written.startsWith(own) ? written.slice(own.length) : written}`)
    }
  }
  return included.filter(({ source, resource }) => {
    const key = `${source} ${resource.resourceType}/${resource.id ?? ''}`
    if (!wanted.has(key) || have.has(key)) return false
    have.add(key)
    return true
  })
}
