import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { routingError } from './errors.ts'
import { readChangeNo, readChannels, readDestinations, readRules } from './policy-store.ts'
import { channelAt } from './rules.ts'
import type { Channel, Destination, RouteRule } from './types.ts'

/** Policy, rules and destinations, as this process holds them. */
export interface RoutingPolicy {
  /** The figures in force for an event. */
  channel(event: string, at: Date): Channel
  channels(): readonly Channel[]
  rules(): readonly RouteRule[]
  destination(code: string): Destination | undefined
  destinations(): Iterable<Destination>
  refresh(): Promise<void>
  close(): Promise<void>
}

export const ROUTING_CHANGED = 'routing'
const EVERY_MS = 1_000

export async function openPolicy(deps: Pick<Deps, 'db' | 'log' | 'changes'>): Promise<RoutingPolicy> {
  let channels: readonly Channel[] = []
  let rules: readonly RouteRule[] = []
  let destinations = new Map<string, Destination>()
  let seen = -1n

  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    async read() {
      const changeNo = await readChangeNo(deps.db)
      if (changeNo === seen) return
      channels = await readChannels(deps.db)
      rules = await readRules(deps.db)
      destinations = new Map((await readDestinations(deps.db)).map((one) => [one.code, one]))
      seen = changeNo
    },
    onError: (error) => deps.log.error({ err: error }, 'the policy of routing could not be read'),
    news: { feed: deps.changes, area: ROUTING_CHANGED },
  })
  return {
    channel(event, at) {
      const channel = channelAt(channels, event, at)
      if (channel === undefined) throw routingError('policy-missing', { detail: 'No channel is in force.' })
      return channel
    },
    channels: () => channels,
    rules: () => rules,
    destination: (code) => destinations.get(code),
    destinations: () => destinations.values(),
    refresh: catchUp.refresh,
    close: catchUp.close,
  }
}
