import { visits } from '../settlement/index.ts'
import type { Call, Transaction } from './call.ts'
import { listItems, listLimits } from './catalogue-pages.ts'
import { checkEntitlement } from './entitlement.ts'
import { readPersonInfo } from './person-info.ts'
import { lookUpProvider } from './provider-lookup.ts'
import { compileTransaction, type Input } from './read-input.ts'
import {
  callCompensate,
  callPharmacy,
  callReadSettlement,
  callSettle,
  callTry,
  callUndo,
  type SettlementCallDeps,
} from './settlement-calls.ts'
import { signIn, signOut } from './sign-in.ts'
import { TABLES } from './tables/index.ts'
import {
  callAddLines,
  callAdmit,
  callCancelAdmission,
  callCancelDischarge,
  callCancelRegistration,
  callDischarge,
  callNoteVisit,
  callRegister,
  callRemoveBatch,
  callRemoveLines,
} from './visit-calls.ts'
import { callInHospital, callReadVisits } from './visit-queries.ts'
import type { Output } from './write-output.ts'

export type TransactionDeps = SettlementCallDeps

type Infno = (typeof TABLES)[number]['infno']
type Work = (deps: TransactionDeps, call: Call, input: Input) => Promise<Output> | Output

const COMPILED = TABLES.map((table) => compileTransaction<Infno>(table))

/** What each transaction does, beside its tables. */
const WORK: Readonly<Record<Infno, Work>> = {
  '1101': readPersonInfo,
  '1201': ({ institutions }, call, input) => lookUpProvider(institutions, call, input),
  '1312': listItems,
  '1318': listLimits,
  '2001': checkEntitlement,
  '2101': (deps, call, input) => callPharmacy(deps, call, input, 'try'),
  '2102': (deps, call, input) => callPharmacy(deps, call, input, 'buy'),
  '2103': (deps, call, input) => callUndo(deps, call, input, 'pharmacy'),
  '2201': callRegister,
  '2202': callCancelRegistration,
  '2203': callNoteVisit,
  '2203A': callNoteVisit,
  '2204': (deps, call, input) => callAddLines(deps, call, input, 'outpatient'),
  '2205': callRemoveBatch,
  '2206': (deps, call, input) => callTry(deps, call, input, 'outpatient'),
  '2207': (deps, call, input) => callSettle(deps, call, input, 'outpatient'),
  '2208': (deps, call, input) => callUndo(deps, call, input, 'outpatient'),
  '2301': (deps, call, input) => callAddLines(deps, call, input, 'inpatient'),
  '2302': callRemoveLines,
  '2303': (deps, call, input) => callTry(deps, call, input, 'inpatient'),
  '2304': (deps, call, input) => callSettle(deps, call, input, 'inpatient'),
  '2305': (deps, call, input) => callUndo(deps, call, input, 'inpatient'),
  '2401': callAdmit,
  '2402': callDischarge,
  '2404': callCancelAdmission,
  '2405': callCancelDischarge,
  '2601': callCompensate,
  '5201': callReadVisits,
  '5203': callReadSettlement,
  '5303': callInHospital,
  '9001': signIn,
  '9002': signOut,
}

/** The one list of transactions by their numbers. */
export function makeTransactions(deps: TransactionDeps): ReadonlyMap<string, Transaction> {
  return new Map(
    COMPILED.map((table) => [
      table.infno,
      {
        table,
        needsSignIn: table.infno !== '9001',
        run: async (call, input) => await WORK[table.infno](deps, call, input),
        stands: async ({ institution, msgid }) =>
          !visits.COMPENSABLE.includes(table.infno) || !(await visits.isCompensated(deps.db, institution.code, msgid)),
      } satisfies Transaction,
    ]),
  )
}
