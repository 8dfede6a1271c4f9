import { parseFhirJson } from '../fhir/index.ts'
import type { PersonIdentifier } from '../people/index.ts'
import { fromBytes, toBytes } from './bytes-text.ts'
import { scanResource } from './scan-searchset.ts'
import type { Found, Hospital, Resource } from './types.ts'
import { spellingsOf, withholdIdentity } from './withhold-identity.ts'

/** Makes what is found on one page fit to be shown. */
export type Clean = (found: Found) => Found

const unchanged: Clean = (found) => found

/**
 * Identity numbers are withheld wherever they stand (`withhold-identity.ts`). Few records hold one, so the text is looked
 * through first, the whole page at once: only a record with something to hide is taken apart and written anew. An
 * escaped ASCII character or slash could hide one from that look: such a record is written anew as well.
 */
export function cleanerFor(
  text: string,
  hospital: Pick<Hospital, 'identifierSystems'>,
  identifier: PersonIdentifier,
): Clean {
  // A system stands between its quotes: one may be the beginning of another (…1.3 the identity card, …1.33 the report).
  const systems = Object.values(hospital.identifierSystems).map((one) => `"${one}"`)
  const signs = [...spellingsOf(identifier), ...systems, '\\u00', '\\/'].map(toBytes)
  if (!signs.some((sign) => text.includes(sign))) return unchanged
  return (found) => {
    const own = resourceText(found)
    if (!signs.some((sign) => own.includes(sign))) return found
    const resource = withholdIdentity(parseFhirJson(fromBytes(own)) as Resource, hospital, identifier)
    const written = toBytes(JSON.stringify(resource))
    return { ...found, resource, text: written, place: scanResource(written) }
  }
}

/** The resource's own text, one character a byte. */
export function resourceText({ text, place }: Found): string {
  return text.slice(...place.resource)
}

/** Numbers whose spelling JavaScript would not give back: closing zeros, exponents, more digits than a double holds. */
const NEEDS_SPELLING = /\d\.\d*0(?!\d)|\d[eE][+-]?\d|[\d.]{16}/

/**
 * The resource with its decimals as they are spelled: FHIR R4 gives their precision a meaning. Whoever judges or keeps a
 * value takes this; whoever passes a record on takes its text.
 */
export function exactResource(found: Found): Resource {
  const text = resourceText(found)
  return NEEDS_SPELLING.test(text) ? (parseFhirJson(fromBytes(text)) as Resource) : found.resource
}
