import type { DecideDeps } from '../consent/index.ts'
import type { Deps } from '../kernel/deps.ts'
import type { Exchange } from '../records/index.ts'
import { type AcceptDesk, createAcceptDesk } from './accept-desk.ts'
import { type Courier, createCourier } from './courier.ts'
import { openPolicy, type RoutingPolicy } from './open-policy.ts'
import { openWebhooks } from './post-webhook.ts'

/** What a process holds for routing. */
export interface Routing {
  readonly policy: RoutingPolicy
  readonly desk: AcceptDesk
  readonly courier: Courier
  /** Resolves when policy and destinations committed before the call are in use. */
  refresh(): Promise<void>
  close(): Promise<void>
}

export async function openRouting(deps: Deps & DecideDeps & { readonly exchange: Exchange }): Promise<Routing> {
  const policy = await openPolicy(deps)
  const webhooks = openWebhooks(deps)
  const desk = createAcceptDesk({ ...deps, policy })
  const courier = createCourier({ ...deps, policy, webhooks })
  return {
    policy,
    desk,
    courier,
    refresh: policy.refresh,
    async close() {
      await desk.close()
      await courier.close()
      await webhooks.close()
      await policy.close()
    },
  }
}
