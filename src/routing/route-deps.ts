import type { Deps } from '../kernel/deps.ts'
import type { Routing } from './open-routing.ts'

export type RoutingRouteDeps = Deps & { readonly routing: Routing }
