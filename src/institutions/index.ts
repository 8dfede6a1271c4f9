export { readInstitutionCode } from './check.ts'
export { institutionsRoutes } from './routes.ts'
export { recognitionAt } from './rules.ts'
export { saveInstitutions } from './save-institutions.ts'
export { seedInstitutions } from './seed.ts'
export { type InstitutionTable, openInstitutionTable } from './table.ts'
export type {
  Institution,
  InstitutionFacts,
  Period,
  Recognition,
  RecognitionFacts,
  RecognitionPeriod,
  RecognitionReason,
} from './types.ts'
