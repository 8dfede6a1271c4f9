import type { Clock } from '../kernel/time.ts'

/** Logical ids of persons at one hospital, as it named them a moment ago. */
export interface PatientLinks {
  get(who: string): string | undefined
  set(who: string, patientId: string): void
  /** What the hospital answered does not fit the id any more: it is looked up again. */
  drop(who: string): void
}

/** Saves every search the question who the person is there: half of the time that a hospital takes. */
const LIFE_MS = 5 * 60_000
const MAX_LINKS = 20_000

export function createPatientLinks(clock: Clock): PatientLinks {
  const links = new Map<string, { readonly patientId: string; readonly until: number }>()
  return {
    get(who) {
      const link = links.get(who)
      if (link === undefined || link.until > clock.now().getTime()) return link?.patientId
      links.delete(who)
      return undefined
    },
    set(who, patientId) {
      if (links.size >= MAX_LINKS) links.clear()
      links.set(who, { patientId, until: clock.now().getTime() + LIFE_MS })
    },
    drop(who) {
      links.delete(who)
    },
  }
}
