import { checkFixmedinsCode, isCityCode } from '../codes/index.ts'
import { ROLES, type Role } from '../http/access.ts'
import type { Deps } from '../kernel/deps.ts'
import type { FieldError } from '../kernel/errors.ts'
import { looksPersonal } from '../kernel/log.ts'
import { inTx } from '../kernel/tx.ts'
import { auditAdministration } from './audit-administration.ts'
import { type Client, isClientId } from './client.ts'
import { identityError } from './errors.ts'
import { readPublicJwks } from './public-jwks.ts'
import { chooseScopes } from './scopes.ts'
import { insertClients } from './store.ts'

export interface RegisterClient {
  readonly clientId: string
  readonly role: Role
  /** National code; hospitals and pharmacies have one, nobody else. */
  readonly institution?: string | null | undefined
  /** City whose side the client stands for; needed for bureau, cdc, issuer and supervisor. */
  readonly city?: string | null | undefined
  /** Left out: all scopes of the role. */
  readonly scopes?: readonly string[] | undefined
  /** Public keys of the client, inline (RFC 7517). */
  readonly jwks: unknown
}

const OF_A_CITY: ReadonlySet<Role> = new Set(['bureau', 'cdc', 'issuer', 'supervisor'])

/**
 * Registers a system that may call the API.
 *
 * @throws AppError `identity.client-invalid` with every fault, or `identity.client-exists`.
 */
export async function registerClient(deps: Pick<Deps, 'db' | 'clock'>, command: RegisterClient): Promise<void> {
  const client = await checkClient(command)
  await inTx(deps.db, async (tx) => {
    const inserted = await insertClients(tx, [client], deps.clock.now())
    if (inserted.length === 0) throw identityError('client-exists', { detail: 'A client with this id is registered.' })
    await auditAdministration(tx, deps.clock, {
      action: 'identity.client-register',
      targetType: 'client',
      targetId: client.clientId,
    })
  })
}

/** The client as it is stored. */
export async function checkClient(command: RegisterClient): Promise<Omit<Client, 'status'>> {
  const { clientId, role } = command
  const institution = command.institution ?? undefined
  const city = command.city ?? undefined
  const errors: FieldError[] = []
  const fault = (pointer: string, detail: string) => errors.push({ pointer, detail })

  if (!isClientId(clientId)) fault('/clientId', 'must be 3 to 64 of a-z, 0-9, ".", "_" and "-"')
  // It stands in every audit event of the client, and the audit log takes no such number.
  if (looksPersonal(clientId)) fault('/clientId', 'looks like an identity or phone number')
  if (!ROLES.includes(role)) fault('/role', `must be one of ${ROLES.join(', ')}`)
  const ofInstitution = role === 'hospital' || role === 'pharmacy'
  if (ofInstitution && (institution === undefined || checkFixmedinsCode(institution).kind !== role)) {
    fault('/institution', `must be the national code of a ${role}`)
  } else if (ofInstitution && institution !== undefined && !checkFixmedinsCode(institution).ok) {
    fault('/institution', 'is not a valid national code')
  }
  if (!ofInstitution && institution !== undefined) fault('/institution', `a ${role} acts for no institution`)
  if (city !== undefined && !isCityCode(city)) fault('/city', 'must be the code of one of the four cities')
  if (OF_A_CITY.has(role) && city === undefined) fault('/city', 'is required')

  const { scopes, problems } = chooseScopes(role, command.scopes)
  for (const problem of problems) fault('/scopes', problem)

  const read = await readPublicJwks(command.jwks)
  if ('problems' in read) for (const problem of read.problems) fault('/jwks', problem)
  if (errors.length > 0 || 'problems' in read) {
    throw identityError('client-invalid', {
      detail: errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '),
      errors,
    })
  }
  return { clientId, role, institution: institution ?? null, city: city ?? null, scopes, keys: read.keys }
}
