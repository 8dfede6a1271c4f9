export { readInstitutionCode } from './check.ts'
export { institutionsError } from './errors.ts'
export { institutionsRoutes } from './routes.ts'
export { factsAt, recognitionAt } from './rules.ts'
export { saveInstitutions } from './save-institutions.ts'
export { type InstitutionSeed, seedInstitutions } from './seed.ts'
export { type InstitutionTable, openInstitutionTable } from './table.ts'
export type {
  Institution,
  InstitutionFacts,
  InstitutionGrade,
  InstitutionKind,
  InstitutionLevel,
  LevelPeriod,
  Period,
  Recognition,
  RecognitionPeriod,
  RecognitionReason,
  RecognitionReasonCode,
  Suspension,
} from './types.ts'
