import type { Catalogue } from '../catalogue/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { Db } from '../kernel/db.ts'

/** What settlement needs to know of a person's insurance on a day; no name, no number. */
export interface PersonInsurance {
  readonly insuredCity: string
  readonly insutype: string
  readonly psnType: string
  /** 1 normal, 2 suspended, 4 ended; left out = normal. */
  readonly status?: string | undefined
  readonly cvlservFlag?: '0' | '1' | undefined
  /** Special identity (2301-2308 have a right to 医疗救助). */
  readonly psnIdetType?: string | null | undefined
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

/** Every id of each of these people (a merged person has several), the surviving one first. */
export type FindGroups = (db: Db, personIds: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>

/** The catalogue of the place of treatment, held in memory. */
export type CatalogueTable = Pick<Catalogue, 'termsAt'>
