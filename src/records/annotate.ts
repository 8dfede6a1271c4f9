import type { Part } from '../kernel/part.ts'
import type { Reader, Resource, SourceResult } from './types.ts'

/** A remark on a resource for the one who reads it (R4 Meta.tag): where it comes from, which code, what it means. */
export interface Tag {
  readonly system: string
  readonly code: string
  readonly display?: string | undefined
}

/** The map is keyed by the resource as found. A resource without an entry has no remark. */
export type Remarks = (results: readonly SourceResult[]) => Promise<ReadonlyMap<Resource, readonly Tag[]>>

/**
 * What a slice above has to say about the results of a search: what it must look up of the person is read in the statement
 * that the decision on access reads, and what comes of that is given the results when they are there. Undefined: nothing.
 */
export type Annotate = (reader: Reader) => Part<Remarks> | undefined
