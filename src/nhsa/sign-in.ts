import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localDate, localDateTime } from '../kernel/time.ts'
import { toWireId } from '../kernel/wire-id.ts'
import { type Call, rowOf, valueOf } from './call.ts'
import { nhsaError } from './errors.ts'
import type { Input } from './read-input.ts'
import { endSignIn, insertSignIn, readSignIn } from './sign-in-store.ts'
import type { Output } from './write-output.ts'

/** 9001. The message makes one sign-in, however often it comes. MAC and IP addresses are checked and not kept. */
export async function signIn(deps: Pick<Deps, 'db'>, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'signIn')
  const made = await insertSignIn(deps.db, {
    institution: call.institution.code,
    msgid: call.msgid,
    signNo: toWireId(newId<'sign-in'>()),
    opterNo: valueOf(row, 'opter_no'),
    signedInAt: call.now,
  })
  return { signinoutb: { sign_time: localDateTime(made.signedInAt), sign_no: made.signNo } }
}

/** 9002, only for a sign-in of the same day and by the operator who made it. */
export async function signOut(deps: Pick<Deps, 'db'>, call: Call, input: Input): Promise<Output> {
  const row = rowOf(input, 'signOut')
  const found = await readSignIn(deps.db, call.institution.code, valueOf(row, 'sign_no'))
  if (found === undefined || found.opterNo !== valueOf(row, 'opter_no')) throw nhsaError('signed-out')
  if (localDate(found.signedInAt) !== localDate(call.now)) throw nhsaError('sign-in-other-day')
  await endSignIn(deps.db, found.signNo, call.now)
  return { sign_time: { sign_time: localDateTime(found.signedOutAt ?? call.now) } }
}

/** True while a sign-in counts: not signed out, and not older than the area's rule. */
export async function isSignedIn(deps: Pick<Deps, 'db'>, call: Omit<Call, 'again'>): Promise<boolean> {
  const signNo = valueOf(call.envelope, 'sign_no')
  if (signNo === '') return false
  const found = await readSignIn(deps.db, call.institution.code, signNo)
  if (found === undefined || found.signedOutAt !== null) return false
  const hours = Number(call.codes.setting('sign_in_hours'))
  return call.now.getTime() - found.signedInAt.getTime() < hours * 3_600_000
}
