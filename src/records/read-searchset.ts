import { isUtf8 } from 'node:buffer'
import { isObject } from '../fhir/index.ts'
import { type Failure, ofStatus, structureFailure } from './classify-failure.ts'
import { type Place, scanSearchset } from './scan-searchset.ts'
import type { HospitalAnswer } from './send-request.ts'
import type { Resource } from './types.ts'

/** A searchset, read and as it came. */
export interface Page {
  readonly body: Resource
  /** Its bytes as a text of one character a byte: what is unchanged goes on as it is, with numbers as they are spelled. */
  readonly raw: string
  /** Where in it each entry's resource stands. */
  readonly places: readonly (Place | undefined)[]
}

export type Reply = Page | { readonly failure: Failure }

/** The searchset in an answer of a hospital, or why there is none. */
export function readAnswer({ status, headers, bytes }: HospitalAnswer): Reply {
  if (status !== 200) return { failure: ofStatus(status, headers) }
  if (!/^application\/(?:fhir\+json|json)\b/i.test(headers['content-type'] ?? '')) {
    return { failure: structureFailure('The hospital answered with another content type than FHIR JSON.') }
  }
  return readSearchset(bytes)
}

export function readSearchset(sent: Buffer): Reply {
  const bytes = withoutMark(sent)
  const raw = bytes.toString('latin1')
  // Before it is parsed: building millions of levels would take a second, and what looks at a resource walks it level by
  // level, so a deep one would end the stack.
  const places = scanSearchset(raw)
  if (places === undefined) {
    return { failure: structureFailure('The hospital sent JSON nested deeper than FHIR needs.') }
  }
  const body = isUtf8(bytes) ? parsed(bytes.toString('utf8')) : undefined
  if (!isObject(body) || body['resourceType'] !== 'Bundle' || body['type'] !== 'searchset') {
    return { failure: structureFailure('The hospital answered a search with something that is no searchset.') }
  }
  return { body: body as Resource, raw, places }
}

/** Without the byte order mark that some systems put before JSON (RFC 8259 §8.1 lets a reader ignore it). */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.length >= 3 && bytes.readUIntBE(0, 3) === 0xefbbbf ? bytes.subarray(3) : bytes
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
