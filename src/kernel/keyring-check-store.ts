import type { Db } from './db.ts'

/** A known text as the database's keyring encrypts and indexes it. */
export interface KeyringProof {
  readonly sealed: Buffer
  readonly indexKeyId: string
  readonly indexDigest: Buffer
}

export async function readKeyringProof(db: Db): Promise<KeyringProof | undefined> {
  return await db
    .selectFrom('kernel_keyring_check')
    .select(['sealed', 'index_key_id as indexKeyId', 'index_digest as indexDigest'])
    .executeTakeFirst()
}

/** Nothing where another process was first. */
export async function insertKeyringProof(db: Db, proof: KeyringProof, at: Date): Promise<void> {
  await db
    .insertInto('kernel_keyring_check')
    .values({ ...columns(proof), written_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export async function replaceKeyringProof(db: Db, proof: KeyringProof, at: Date): Promise<void> {
  await db
    .updateTable('kernel_keyring_check')
    .set({ ...columns(proof), written_at: at })
    .execute()
}

function columns(proof: KeyringProof) {
  return { sealed: proof.sealed, index_key_id: proof.indexKeyId, index_digest: proof.indexDigest }
}
