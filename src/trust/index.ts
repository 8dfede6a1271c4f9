export { runVerify } from './offline/run-verify.ts'
export { openTrust, type Trust } from './open-trust.ts'
export { trustRoutes } from './routes.ts'
