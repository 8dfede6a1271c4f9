import type { InstitutionTable } from '../institutions/index.ts'
import { recognitionError } from './errors.ts'
import type { Register } from './open-register.ts'
import type { ReadingContext, Visit } from './types.ts'

/** Where, when and for what somebody reads. @throws `recognition.receiver-unknown` where the register lacks the house. */
export function readingContext(
  deps: {
    readonly institutions: Pick<InstitutionTable, 'factsAt'>
    readonly recognition: { readonly register: Pick<Register, 'catalogue'> }
  },
  institution: string,
  day: string,
  visit: Visit,
): ReadingContext {
  const receiver = deps.institutions.factsAt(institution, day)
  if (receiver === undefined) throw recognitionError('receiver-unknown')
  return {
    today: day,
    division: receiver.division,
    level: receiver.level,
    lowerAcceptsHigherOnly: deps.recognition.register.catalogue().policyOn('lower-accepts-higher-only', day) === 1,
    visit,
  }
}
