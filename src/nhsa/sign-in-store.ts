import type { Db } from '../kernel/db.ts'

export interface SignIn {
  readonly institution: string
  readonly msgid: string
  readonly signNo: string
  readonly opterNo: string
  readonly signedInAt: Date
  readonly signedOutAt: Date | null
}

const columns = [
  'institution',
  'msgid',
  'sign_no as signNo',
  'opter_no as opterNo',
  'signed_in_at as signedInAt',
  'signed_out_at as signedOutAt',
] as const

/** Writes the sign-in of a message, or finds the one that it made before. */
export async function insertSignIn(db: Db, one: Omit<SignIn, 'signedOutAt'>): Promise<SignIn> {
  await db
    .insertInto('nhsa_sign_in')
    .values({
      institution: one.institution,
      msgid: one.msgid,
      sign_no: one.signNo,
      opter_no: one.opterNo,
      signed_in_at: one.signedInAt,
    })
    .onConflict((conflict) => conflict.columns(['institution', 'msgid']).doNothing())
    .execute()
  return await db
    .selectFrom('nhsa_sign_in')
    .select(columns)
    .where('institution', '=', one.institution)
    .where('msgid', '=', one.msgid)
    .executeTakeFirstOrThrow()
}

export async function readSignIn(db: Db, institution: string, signNo: string): Promise<SignIn | undefined> {
  return await db
    .selectFrom('nhsa_sign_in')
    .select(columns)
    .where('sign_no', '=', signNo)
    .where('institution', '=', institution)
    .executeTakeFirst()
}

/** Signs out once; a repeat changes nothing. */
export async function endSignIn(db: Db, signNo: string, at: Date): Promise<void> {
  await db
    .updateTable('nhsa_sign_in')
    .set({ signed_out_at: at })
    .where('sign_no', '=', signNo)
    .where('signed_out_at', 'is', null)
    .execute()
}

export async function deleteSignIns(db: Db, before: Date): Promise<bigint> {
  const result = await db.deleteFrom('nhsa_sign_in').where('signed_in_at', '<', before).executeTakeFirst()
  return result.numDeletedRows
}
