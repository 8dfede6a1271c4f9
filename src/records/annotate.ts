import type { Reader, Resource, SourceResult } from './types.ts'

/** A remark on a resource for the one who reads it (R4 Meta.tag): where it comes from, which code, what it means. */
export interface Tag {
  readonly system: string
  readonly code: string
  readonly display?: string | undefined
}

/**
 * What a slice above has to say about the results of a search. It is begun with the search and given the results when
 * they are there, so that what it must look up is looked up while the hospitals are asked.
 *
 * The map is keyed by the resource as found. A resource without an entry has no remark.
 */
export type Annotate = (
  reader: Reader,
  personId: string,
) => Promise<(results: readonly SourceResult[]) => Promise<ReadonlyMap<Resource, readonly Tag[]>>>
