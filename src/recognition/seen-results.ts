import { resultState, type SourceResult } from '../records/index.ts'
import type { SeenResult } from './reopen-decisions.ts'

/** Reports and results in the state in which their hospitals gave them now. */
export function seenReports(sources: readonly SourceResult[]): readonly SeenResult[] {
  return sources.flatMap(({ source, found }) =>
    found.flatMap(({ resource }): SeenResult[] =>
      resource.id === undefined
        ? []
        : [
            {
              issuer: source,
              resourceType: resource.resourceType,
              resourceId: resource.id,
              state: resultState(resource),
            },
          ],
    ),
  )
}
