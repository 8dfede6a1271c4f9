export { runNhsaCommand } from './access-keys.ts'
export { type Nhsa, openNhsa } from './open-nhsa.ts'
export { nhsaPeriodics } from './periodic.ts'
export { nhsaRoutes } from './routes.ts'
