import { loadParameterBook, type ParameterBook } from '../benefits/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { idsOfPeople } from '../people/index.ts'
import { findInsurances } from './find-insurances.ts'
import { loadLimits } from './limit-store.ts'
import { createLimits, type Limits } from './limits.ts'
import { createNews, type News } from './news.ts'
import type { CatalogueTable, FindGroups, Institutions } from './ports.ts'
import { createPump, type Pump } from './pump.ts'
import { createSubmitDesk, type SubmitDesk } from './submit-desk.ts'
import { createTryDesk, type TryDesk } from './try-desk.ts'
import { createWaiters, type Waiters } from './waiters.ts'

/** What a process holds for settlement: the policy in memory, the callers that wait, and the worker's pump. */
export interface Settlement {
  readonly institutions: Institutions
  readonly catalogue: CatalogueTable
  readonly findInsurances: typeof findInsurances
  readonly findGroups: FindGroups
  readonly book: () => ParameterBook
  readonly limits: () => Limits
  readonly waiters: Waiters
  readonly desk: SubmitDesk
  readonly tryDesk: TryDesk
  readonly pump: Pump
  readonly news: News
  /** Resolves when policy rows committed before the call are in use. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** Policy rows are only ever added, some a year: reading all of them (hundreds) at this pace costs nothing. */
const POLICY_EVERY_MS = 2000

export async function openSettlement(
  deps: Pick<Deps, 'db' | 'clock' | 'log' | 'changes' | 'outbox'> & {
    readonly institutions: Institutions
    readonly catalogue: CatalogueTable
  },
): Promise<Settlement> {
  let current: { readonly book: ParameterBook; readonly limits: Limits } | undefined
  const policy = await startCatchUp({
    everyMs: POLICY_EVERY_MS,
    read: async () => {
      current = { book: await loadParameterBook(deps.db), limits: createLimits(await loadLimits(deps.db)) }
    },
    onError: (error) => deps.log.error({ err: error }, 'policy could not be read'),
  })
  const policyNow = () => {
    if (current === undefined) throw new Error('the first read of the policy has ended')
    return current
  }
  const book = (): ParameterBook => policyNow().book
  const limits = (): Limits => policyNow().limits
  const news = createNews(deps)
  const { db, clock, log, outbox, institutions, catalogue } = deps
  const waiters = createWaiters({ db, log, news })
  const shared = { institutions, catalogue, findInsurances, findGroups: idsOfPeople, book, news }
  const desk = createSubmitDesk({ db, clock, outbox, limits, ...shared })
  return {
    ...shared,
    limits,
    waiters,
    desk,
    tryDesk: createTryDesk({ db, clock, limits, ...shared }),
    pump: createPump({ db, clock, log, ...shared }),
    refresh: policy.refresh,
    async close() {
      desk.close()
      await waiters.close()
      await news.settled()
      await policy.close()
    },
  }
}
