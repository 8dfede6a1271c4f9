import { CITIES, type CityCode } from '../codes/index.ts'
import type { ForeignTrustState } from '../foreign/index.ts'
import type { HealthCodeState } from '../healthcodes/index.ts'
import type { InstitutionTable } from '../institutions/index.ts'
import type { IssuerKeys } from '../issuers/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { createLists } from './card-lists.ts'
import type { CardMemory, FreshnessLimits } from './card-memory.ts'
import type { StatusBits } from './status-bits.ts'
import { type FreshnessPolicyRow, readFreshnessPolicies } from './store.ts'
import { CARDS_CHANGED } from './types.ts'
import { openUsedCodes, type UsedCodes } from './used-codes.ts'
import { createVerifiedTokens } from './verified-tokens.ts'

/** Everything that verifying needs, in memory, following the database: at each announcement, and every 500 ms anyway. */
export interface CardState extends CardMemory {
  readonly keys: IssuerKeys
  readonly usedCodes: UsedCodes
  readonly foreign: ForeignTrustState
  /** Status of a city's cards, for publishing. */
  statusBits(city: CityCode): StatusBits | undefined
  /** What was read at the start, and how long that took. */
  readonly loaded: { readonly statusBytes: number; readonly ms: number }
  /** Resolves when whose card each is stands in memory for all cards. */
  warmed(): Promise<void>
  refresh(): Promise<void>
  close(): Promise<void>
}

export type CardStateDeps = Pick<Deps, 'db' | 'log' | 'changes' | 'clock'> & {
  readonly institutions: InstitutionTable
  readonly issuerKeys: IssuerKeys
  readonly healthCodes: Pick<HealthCodeState, 'levelOf' | 'ageMs'>
  readonly foreign: ForeignTrustState
}

const EVERY_MS = 500
/** Pause after a block of holders' facts could not be read. */
const AGAIN_MS = 1_000

export async function openCardState(deps: CardStateDeps): Promise<CardState> {
  const lists = createLists(deps.db)
  let policies: readonly FreshnessPolicyRow[] = []
  let warming: Promise<void> | undefined
  let pause: { readonly end: () => void } | undefined
  let closed = false

  const loadBlocks = async (): Promise<void> => {
    while (!closed) {
      try {
        if (!(await lists.loadNextBlock())) return
      } catch (error) {
        if (closed) return
        deps.log.error({ err: error }, "cards: holders' facts could not be read; trying again")
        await new Promise<void>((end) => {
          const timer = setTimeout(end, AGAIN_MS)
          pause = {
            end: () => {
              clearTimeout(timer)
              end()
            },
          }
        })
      }
    }
  }
  /** One block after the other behind the answers: they wait for none of it. */
  const warm = (): Promise<void> => {
    warming ??= loadBlocks().finally(() => {
      warming = undefined
    })
    return warming
  }

  const usedCodes = await openUsedCodes(deps)
  const began = performance.now()
  const catchUp = await startCatchUp({
    everyMs: EVERY_MS,
    async read() {
      policies = await readFreshnessPolicies(deps.db)
      await lists.read()
      void warm()
    },
    onError: (error) => deps.log.error({ err: error }, 'status of cards could not be read'),
    news: { feed: deps.changes, area: CARDS_CHANGED },
  }).catch(async (error: unknown) => {
    await usedCodes.close()
    throw error
  })
  const ms = Math.round(performance.now() - began)
  const statusBytes = CITIES.reduce((sum, { code }) => sum + (lists.of(code)?.bits.bytes().length ?? 0), 0)
  deps.log.info({ area: 'cards', statusBytes, ms }, 'status of all cards in memory')

  return {
    keys: deps.issuerKeys,
    institutions: deps.institutions,
    healthCodes: deps.healthCodes,
    foreign: deps.foreign,
    verified: createVerifiedTokens(),
    usedCodes,
    knowsHolders: true,
    lists: lists.of,
    statusBits: (city) => lists.of(city)?.bits,
    // A used code that is not known of is a hole like a status that is not.
    statusAgeMs: () => Math.max(catchUp.ageMs(), usedCodes.ageMs()),
    limitsOn: (date) => policies.find((row) => row.from <= date) ?? NO_POLICY,
    loaded: { statusBytes, ms },
    warmed: warm,
    refresh: catchUp.refresh,
    async close() {
      closed = true
      pause?.end()
      await catchUp.close()
      await usedCodes.close()
      await warming
    },
  }
}

/** Without a policy for the day nothing counts as fresh enough. */
const NO_POLICY: FreshnessLimits = { from: '', warnAfterS: 0, refuseAfterS: 0 }
