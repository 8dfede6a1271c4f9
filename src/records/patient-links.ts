import type { Clock } from '../kernel/time.ts'

/** Logical ids of persons at one hospital, as it named them a moment ago. */
export interface PatientLinks {
  get(personId: string): string | undefined
  set(personId: string, patientId: string): void
  /** What the hospital answered does not fit the id any more: it is looked up again. */
  drop(personId: string): void
}

/** Saves every search the question who the person is there: half of the time that a hospital takes. */
const LIFE_MS = 5 * 60_000
const MAX_LINKS = 20_000

export function createPatientLinks(clock: Clock): PatientLinks {
  const links = new Map<string, { readonly patientId: string; readonly until: number }>()
  return {
    get(personId) {
      const link = links.get(personId)
      if (link === undefined || link.until > clock.now().getTime()) return link?.patientId
      links.delete(personId)
      return undefined
    },
    set(personId, patientId) {
      if (links.size >= MAX_LINKS) links.clear()
      links.set(personId, { patientId, until: clock.now().getTime() + LIFE_MS })
    },
    drop(personId) {
      links.delete(personId)
    },
  }
}
