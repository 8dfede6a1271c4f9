import { sql } from 'kysely'
import type { Db, Tx } from '../kernel/db.ts'
import type { Hospital, PublicJwk } from './types.ts'

/** Takes the next change number and holds its row until the commit, which orders all writers. */
export async function nextChangeNo(tx: Tx): Promise<bigint> {
  const row = await tx
    .updateTable('records_change')
    .set({ change_no: sql`change_no + 1` })
    .returning('change_no as changeNo')
    .executeTakeFirstOrThrow()
  return row.changeNo
}

export async function readChangeNo(db: Db): Promise<bigint> {
  const row = await db.selectFrom('records_change').select('change_no as changeNo').executeTakeFirstOrThrow()
  return row.changeNo
}

/** The whole registry: some tens of rows. */
export async function readHospitals(db: Db): Promise<readonly Hospital[]> {
  const rows = await db.selectFrom('records_hospital').selectAll().orderBy('institution').execute()
  return rows.map((row) => ({
    institution: row.institution,
    baseUrl: row.base_url,
    auth:
      row.auth_kind === 'none'
        ? { kind: 'none' }
        : {
            kind: 'backend-services',
            clientId: present(row.client_id),
            tokenUrl: row.token_url,
            privateKey: present(row.private_key_encrypted),
            publicJwk: row.public_jwk as unknown as PublicJwk,
          },
    deadlineMs: row.deadline_ms,
    maxBytes: row.max_bytes,
    maxSockets: row.max_sockets,
    identifierSystems: row.identifier_systems as Hospital['identifierSystems'],
    notifies: row.notifies,
    enabled: row.enabled,
    changeNo: row.change_no,
  }))
}

/** A check constraint of the table gives these columns a value wherever the hospital asks for a token. */
function present<T>(value: T | null): T {
  if (value === null) throw new TypeError('records_hospital: a hospital with tokens lacks its key')
  return value
}

export async function upsertHospital(
  tx: Tx,
  hospital: Hospital,
  change: { readonly by: string; readonly at: Date },
): Promise<void> {
  const { auth } = hospital
  const own = auth.kind === 'none' ? undefined : auth
  const row = {
    institution: hospital.institution,
    base_url: hospital.baseUrl,
    auth_kind: auth.kind,
    client_id: own?.clientId ?? null,
    token_url: own?.tokenUrl ?? null,
    private_key_encrypted: own === undefined ? null : Buffer.from(own.privateKey),
    public_jwk: own === undefined ? null : JSON.stringify(own.publicJwk),
    deadline_ms: hospital.deadlineMs,
    max_bytes: hospital.maxBytes,
    max_sockets: hospital.maxSockets,
    identifier_systems: JSON.stringify(hospital.identifierSystems),
    notifies: [...hospital.notifies],
    enabled: hospital.enabled,
    change_no: hospital.changeNo,
    changed_by: change.by,
    changed_at: change.at,
  }
  const { institution: _key, ...changed } = row
  await tx
    .insertInto('records_hospital')
    .values(row)
    .onConflict((conflict) => conflict.column('institution').doUpdateSet(changed))
    .execute()
}
