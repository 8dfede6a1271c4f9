import { isList } from '../fhir/index.ts'
import type { Tag } from './annotate.ts'
import { toBytes } from './bytes-text.ts'
import { hubIdOfPatient, hubIdsFor } from './hub-id.ts'
import { isRecordType } from './record-types.ts'
import type { Range } from './scan-searchset.ts'
import type { Found, Origin } from './types.ts'

export const SOURCE_URI = 'urn:yimatong:institution:'

/** Writes resources of one source as the hub presents them. */
export interface Presenter {
  /** The resource's text, one character a byte. */
  resource(found: Found, tags?: readonly Tag[]): string
  /** Under which address the hub presents it: its own where it can be read here, else the hospital's. */
  address(found: Found): string
}

interface Splice {
  readonly from: number
  readonly to: number
  readonly text: string
}

const RELATIVE = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})(\/_history\/[A-Za-z0-9.-]{1,64})?$/

/**
 * Ids and references as a client of the hub can follow them: what can be read here has an id of the hub (`hub-id.ts`), the
 * person is the hub's own Patient, and everything else keeps its whole address at the hospital. The rest of the text goes on
 * as the hospital sent it.
 */
export function presenterFor(origin: Origin, fhirBase: string): Presenter {
  const { institution, personId, patientId } = origin
  const hubId = hubIdsFor(institution, personId)
  const own = `${origin.baseUrl}/`
  const source = `"source":"${SOURCE_URI}${institution}"`

  // Patient, encounter and laboratory come again and again.
  const known = new Map<string, string | undefined>()
  const reference = (written: string): string | undefined => {
    if (!known.has(written)) known.set(written, spelled(written))
    return known.get(written)
  }
  const spelled = (written: string): string | undefined => {
    const local = written.startsWith(own) ? written.slice(own.length) : written
    const [, type = '', id = '', version] = RELATIVE.exec(local) ?? []
    if (type === '') return undefined
    if (version === undefined && type === 'Patient' && id === patientId) return `"Patient/${personId}"`
    if (version === undefined && isRecordType(type)) return `"${type}/${hubId(id)}"`
    return `"${own}${local}"`
  }
  const idOf = ({ resource }: Found): string | undefined => {
    const { resourceType, id = '' } = resource
    if (resourceType === 'Patient') return hubIdOfPatient(institution, personId)
    return isRecordType(resourceType) ? hubId(id) : undefined
  }

  return {
    address(found) {
      const id = idOf(found)
      return id === undefined ? found.fullUrl : `${fhirBase}/${found.resource.resourceType}/${id}`
    },
    resource(found, tags = []) {
      const { text, place } = found
      const splices: Splice[] = []
      for (const [from, to] of place.addresses) {
        // Escaped ones were written anew before (clean-found.ts); what has other characters is no reference of this kind.
        const written = reference(text.slice(from + 1, to - 1))
        if (written !== undefined) splices.push({ from, to, text: written })
      }
      const id = idOf(found)
      if (id !== undefined && place.id !== undefined) splices.push(replace(place.id, `"${id}"`))
      splices.push(...metaOf(found, source, tags))
      return spliced(text, place.resource, splices)
    },
  }
}

const replace = ([from, to]: Range, text: string): Splice => ({ from, to, text })
const insert = (at: number, text: string): Splice => ({ from: at, to: at, text })

/** Many resources bear the same tag: it is written once. */
const tagTexts = new WeakMap<Tag, string>()

function tagText(tag: Tag): string {
  let text = tagTexts.get(tag)
  if (text === undefined) {
    text = toBytes(JSON.stringify(tag))
    tagTexts.set(tag, text)
  }
  return text
}

/** `meta.source` names the hospital, `meta.tag` gets the hub's remarks behind those that are there. */
function metaOf({ place, resource }: Found, source: string, tags: readonly Tag[]): Splice[] {
  const { meta, metaSource, metaTag } = place
  const list = tags.length === 0 ? '' : tags.map(tagText).join(',')
  if (meta === undefined) {
    const members = tags.length > 0 ? `${source},"tag":[${list}]` : source
    return [insert(place.resource[0] + 1, `"meta":{${members}},`)]
  }
  const given = resource['meta'] as Readonly<Record<string, unknown>>
  const first: string[] = []
  const splices: Splice[] = []
  if (metaSource !== undefined) splices.push(replace(metaSource, source.slice('"source":'.length)))
  else first.push(source)
  if (tags.length > 0 && metaTag !== undefined && isList(given['tag']) && given['tag'].length > 0) {
    splices.push(insert(metaTag[1] - 1, `,${list}`))
  } else if (tags.length > 0) first.push(`"tag":[${list}]`)
  if (first.length > 0) {
    const more = Object.keys(given).length > 0 ? ',' : ''
    splices.push(insert(meta[0] + 1, `${first.join(',')}${more}`))
  }
  return splices
}

function spliced(text: string, [from, to]: Range, splices: Splice[]): string {
  splices.sort((a, b) => a.from - b.from)
  let written = ''
  let at = from
  for (const splice of splices) {
    written += text.slice(at, splice.from) + splice.text
    at = splice.to
  }
  return written + text.slice(at, to)
}
