import type { Deps } from './kernel/deps.ts'
import type { Routes, Subscription } from './kernel/outbox.ts'

/** Who reacts to what: the one list of event subscriptions. */
export function subscriptions(deps: Deps): Subscription[] {
  void deps
  return []
}

/** Topic and queue of each subscription, for the appending side. */
export const routes: Routes = []
