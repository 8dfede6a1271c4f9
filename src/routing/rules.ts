import type { Attempt, Channel, Rank, RouteRule, Verdict } from './types.ts'
import { ROUTINE } from './types.ts'

/**
 * The class of an HTTP status (R6 of the exchange's rules): what may be different next time is tried again, what is wrong
 * with the message itself is not. Redirects are not followed, so they are wrong too.
 */
export function classifyStatus(status: number): 'delivered' | 'retry' | 'final' {
  if (status >= 200 && status < 300) return 'delivered'
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'retry'
  return 'final'
}

/**
 * Pause before the next attempt: base × 2^n with full jitter, up to the cap. Full jitter, because the messages that failed
 * together would otherwise come back together. `Retry-After` is never undercut.
 *
 * @param failed attempts that have failed, this one included
 * @param random in [0, 1)
 */
export function backoffMs(
  channel: Pick<Channel, 'backoffBaseMs' | 'backoffCapMs'>,
  failed: number,
  random: number,
  retryAfterS = 0,
): number {
  const ceiling = Math.min(channel.backoffCapMs, channel.backoffBaseMs * 2 ** Math.min(failed - 1, 40))
  // At least the tenth part of the base: a jitter of nought would be no pause at all.
  const pause = Math.max(Math.round(ceiling * random), Math.round(channel.backoffBaseMs / 10))
  return Math.max(pause, retryAfterS * 1000)
}

/** What becomes of a delivery whose attempt has ended. `channel` is the row in force now. */
export function judge(
  attempt: Attempt,
  of: { readonly attempts: number; readonly countedFrom: Date },
  channel: Channel,
  at: { readonly now: Date; readonly random: number },
): Verdict {
  if (attempt.delivered) return { state: 'delivered' }
  const { failure, reason } = attempt
  const dead = (why: string): Verdict => ({ state: 'dead', reason: why, blocks: channel.deadBlocks })
  if (failure === 'stopped') return { state: 'cancelled', reason }
  if (failure === 'final') return dead(reason)
  if (failure === 'unknown' && !channel.retryUnknown) return dead(`${reason}-outcome-unknown`)
  if (of.attempts >= channel.maxAttempts) return dead(`${reason}-attempts-spent`)
  const nextAt = new Date(at.now.getTime() + backoffMs(channel, of.attempts, at.random, attempt.retryAfterS))
  if (nextAt.getTime() - of.countedFrom.getTime() > channel.maxAgeMs) return dead(`${reason}-too-old`)
  return { state: 'waiting', nextAt, reason }
}

/** The row in force for an event at a moment: its own, else the one for every event. */
export function channelAt(channels: readonly Channel[], event: string, at: Date): Channel | undefined {
  const inForce = (of: string): Channel | undefined =>
    channels
      .filter((one) => one.event === of && one.effectiveFrom <= at)
      .reduce<Channel | undefined>(
        (newest, one) => (newest === undefined || newest.effectiveFrom < one.effectiveFrom ? one : newest),
        undefined,
      )
  return inForce(event) ?? inForce('*')
}

export interface Routed {
  readonly code: string
  readonly rank: Rank
}

/**
 * Where a message goes: the destinations of its header and those of the rules, each once, never back to its sender. The
 * message's own urgency holds everywhere; a rule can only say more for its destination.
 */
export function routesOf(
  message: { readonly event: string; readonly sender: string; readonly rank: Rank | undefined },
  named: readonly string[],
  rules: readonly RouteRule[],
  day: string,
): readonly Routed[] {
  const own = message.rank ?? ROUTINE
  const routes = new Map<string, Rank>(named.map((code) => [code, own]))
  for (const rule of rules) {
    const applies =
      rule.event === message.event &&
      (rule.sender === '*' || rule.sender === message.sender) &&
      rule.validFrom <= day &&
      (rule.validTo === null || day <= rule.validTo)
    if (!applies || rule.destination === message.sender) continue
    const before = routes.get(rule.destination) ?? own
    routes.set(rule.destination, Math.min(before, rule.rank ?? before) as Rank)
  }
  return [...routes].map(([code, rank]) => ({ code, rank }))
}

const DAY_MS = 86_400_000

/** A message may be repeated as long as its log row is surely there: one day less than rows are kept. */
export function isForgotten(sentAt: Date, channel: Pick<Channel, 'logDays'>, now: Date): boolean {
  return sentAt.getTime() < now.getTime() - (channel.logDays - 1) * DAY_MS
}

/** A time of sending that lies further ahead than clocks differ would keep a message repeatable beyond that. */
export function isAhead(sentAt: Date, now: Date): boolean {
  return sentAt.getTime() > now.getTime() + DAY_MS / 2
}
