import type { Db } from '../kernel/db.ts'
import { createParameterBook, type ParameterBook } from './parameter-book.ts'
import { SAMPLE_PARAMETERS } from './sample-parameters.ts'
import { insertParameters, loadParameters } from './store.ts'

/** Adds the unverified sample figures and returns how many were new; a second run adds none. */
export const seedSampleParameters = (db: Db): Promise<number> => insertParameters(db, SAMPLE_PARAMETERS)

/** Reads the whole policy into memory. */
export const loadParameterBook = async (db: Db): Promise<ParameterBook> => createParameterBook(await loadParameters(db))
