import type { App } from '../http/app-type.ts'
import { appealRoutes } from './appeal-routes.ts'
import { levelRoutes } from './level-routes.ts'
import { orderRoutes } from './order-routes.ts'
import { purgeRoutes } from './purge-routes.ts'
import type { HealthRouteDeps } from './route-deps.ts'

export function healthcodesRoutes(app: App, deps: HealthRouteDeps): void {
  orderRoutes(app, deps)
  levelRoutes(app, deps)
  appealRoutes(app, deps)
  purgeRoutes(app, deps)
}
