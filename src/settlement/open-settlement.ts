import { loadParameterBook, type ParameterBook } from '../benefits/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { findInsurances } from './find-insurances.ts'
import { loadLimits } from './limit-store.ts'
import { createLimits, type Limits } from './limits.ts'
import type { Institutions } from './ports.ts'
import { createPump, type Pump } from './pump.ts'
import { createWaiters, type Waiters } from './waiters.ts'

/** What a process holds for settlement: the policy in memory, the callers that wait, and the worker's pump. */
export interface Settlement {
  readonly institutions: Institutions
  readonly findInsurances: typeof findInsurances
  readonly book: () => ParameterBook
  readonly limits: () => Limits
  readonly waiters: Waiters
  readonly pump: Pump
  /** Resolves when policy rows committed before the call are in use. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** Policy rows are only ever added, some a year: reading all of them (hundreds) at this pace costs nothing. */
const POLICY_EVERY_MS = 2000

export async function openSettlement(
  deps: Pick<Deps, 'db' | 'clock' | 'log'> & { readonly institutions: Institutions },
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
  const waiters = createWaiters(deps)
  const shared = { institutions: deps.institutions, findInsurances, book }
  return {
    ...shared,
    limits,
    waiters,
    pump: createPump({ db: deps.db, clock: deps.clock, log: deps.log, ...shared }),
    refresh: policy.refresh,
    async close() {
      await waiters.close()
      await policy.close()
    },
  }
}
