import { loadParameterBook, type ParameterBook } from '../benefits/index.ts'
import { startCatchUp } from '../kernel/catch-up.ts'
import type { Deps } from '../kernel/deps.ts'
import { findInsurances } from './find-insurances.ts'
import type { Institutions } from './ports.ts'
import { createPump, type Pump } from './pump.ts'
import { createWaiters, type Waiters } from './waiters.ts'

/** What a process holds for settlement: the policy in memory, the callers that wait, and the worker's pump. */
export interface Settlement {
  readonly institutions: Institutions
  readonly findInsurances: typeof findInsurances
  readonly book: () => ParameterBook
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
  let current: ParameterBook | undefined
  const policy = await startCatchUp({
    everyMs: POLICY_EVERY_MS,
    read: async () => {
      current = await loadParameterBook(deps.db)
    },
    onError: (error) => deps.log.error({ err: error }, 'benefit parameters could not be read'),
  })
  const book = (): ParameterBook => {
    if (current === undefined) throw new Error('the first read of the policy has ended')
    return current
  }
  const waiters = createWaiters(deps)
  const shared = { institutions: deps.institutions, findInsurances, book }
  return {
    ...shared,
    waiters,
    pump: createPump({ db: deps.db, clock: deps.clock, log: deps.log, ...shared }),
    refresh: policy.refresh,
    async close() {
      await waiters.close()
      await policy.close()
    },
  }
}
