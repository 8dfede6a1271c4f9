import type { InstitutionTable } from '../institutions/index.ts'
import type { Call, Transaction } from './call.ts'
import { listItems, listLimits } from './catalogue-pages.ts'
import { checkEntitlement } from './entitlement.ts'
import { readPersonInfo } from './person-info.ts'
import { lookUpProvider } from './provider-lookup.ts'
import { compileTransaction, type Input } from './read-input.ts'
import { signIn, signOut } from './sign-in.ts'
import { TABLES } from './tables/index.ts'
import type { VoucherDeps } from './voucher.ts'
import type { Output } from './write-output.ts'

export type TransactionDeps = VoucherDeps & { readonly institutions: InstitutionTable }

type Infno = (typeof TABLES)[number]['infno']
type Work = (deps: TransactionDeps, call: Call, input: Input) => Promise<Output> | Output

const COMPILED = TABLES.map((table) => compileTransaction<Infno>(table))

/** What each transaction does, beside its tables. */
const WORK: Partial<Record<Infno, Work>> = {
  '1101': readPersonInfo,
  '1201': ({ institutions }, call, input) => lookUpProvider(institutions, call, input),
  '1312': listItems,
  '1318': listLimits,
  '2001': checkEntitlement,
  '9001': signIn,
  '9002': signOut,
}

/** The one list of transactions by their numbers. */
export function makeTransactions(deps: TransactionDeps): ReadonlyMap<string, Transaction> {
  return new Map(
    COMPILED.flatMap((table) => {
      const work = WORK[table.infno]
      if (work === undefined) return []
      const run: Transaction['run'] = async (call, input) => await work(deps, call, input)
      return [[table.infno, { table, needsSignIn: table.infno !== '9001', run }] as const]
    }),
  )
}
