export { readPositions } from './read-positions.ts'
export { clearingRoutes } from './routes.ts'
