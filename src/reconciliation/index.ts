export { compareStatement, type Statement } from './compare-statement.ts'
export { reconciliationError } from './errors.ts'
export { reconciliationRoutes } from './routes.ts'
