import type { InstitutionTable } from '../institutions/index.ts'
import type { Db } from '../kernel/db.ts'

/** What settlement needs to know of a person's insurance on a day; no name, no number. */
export interface PersonInsurance {
  readonly insuredCity: string
  readonly insutype: string
  readonly psnType: string
}

/**
 * Finds the insurance of many persons in one query: the answer has one element for each asked, undefined where the
 * person is unknown or not insured on that day.
 */
export type FindInsurances = (
  db: Db,
  asked: readonly { readonly personId: string; readonly date: string }[],
) => Promise<readonly (PersonInsurance | undefined)[]>

/** The register of institutions, held in memory. */
export type Institutions = Pick<InstitutionTable, 'factsAt' | 'recognitionAt'>
