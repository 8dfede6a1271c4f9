import type { App } from '../http/app-type.ts'
import { destinationRoutes, policyRoutes } from './destination-routes.ts'
import { deadLetterRoutes, messageRoutes } from './message-routes.ts'
import type { RoutingRouteDeps } from './route-deps.ts'

/** The log, the dead letters and the destinations: for the operator, and for institutions as far as it is theirs. */
export function routingRoutes(app: App, deps: RoutingRouteDeps): void {
  messageRoutes(app, deps)
  deadLetterRoutes(app, deps)
  destinationRoutes(app, deps)
  policyRoutes(app, deps)
}
