import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ROLES, type Role } from '../http/access.ts'
import type { Deps } from '../kernel/deps.ts'
import { replaceClientKeys, replaceClientScopes, resumeClient, suspendClient } from './change-client.ts'
import { identityError } from './errors.ts'
import { registerClient } from './register-client.ts'
import { rotateSigningKey } from './rotate-signing-key.ts'
import { SCOPES_BY_ROLE } from './scopes.ts'
import { listClients, readClient } from './store.ts'

type CommandDeps = Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>
type Write = (line: string) => void

export const CLIENTS_USAGE = `clients list
clients register ID --role ROLE --jwks FILE [--institution CODE] [--city CODE] [--scope SCOPE]...
clients keys ID --jwks FILE
clients scopes ID [--scope SCOPE]... [--role-default]
clients suspend ID [--note TEXT]
clients resume ID`

export const KEYS_USAGE = 'keys rotate [--compromised]'

/** `node src/main.ts clients …`: what an operator does about client systems. */
export async function runClientsCommand(deps: CommandDeps, args: readonly string[], write: Write): Promise<void> {
  const { values, positionals } = parse(args, CLIENTS_USAGE, {
    role: { type: 'string' },
    jwks: { type: 'string' },
    institution: { type: 'string' },
    city: { type: 'string' },
    note: { type: 'string' },
    scope: { type: 'string', multiple: true },
    'role-default': { type: 'boolean' },
  })
  const [action = '', clientId] = positionals
  if (action === 'list' && clientId === undefined) {
    for (const client of await listClients(deps.db)) {
      write([client.clientId, client.role, client.institution ?? '-', client.city ?? '-', client.status].join('\t'))
    }
    return
  }
  if (clientId === undefined || positionals.length > 2) throw usage(CLIENTS_USAGE)
  switch (action) {
    case 'register':
      await registerClient(deps, {
        clientId,
        role: roleOf(values.role),
        institution: values.institution,
        city: values.city,
        scopes: values.scope,
        jwks: readJwks(values.jwks),
      })
      return write(`${clientId} is registered`)
    case 'keys':
      await replaceClientKeys(deps, clientId, readJwks(values.jwks))
      return write(`${clientId} has new keys`)
    case 'scopes':
      return await changeScopes(deps, clientId, { scopes: values.scope, roleDefault: values['role-default'] }, write)
    case 'suspend':
      await suspendClient(deps, clientId, values.note)
      return write(`${clientId} is suspended`)
    case 'resume':
      await resumeClient(deps, clientId)
      return write(`${clientId} is active`)
    default:
      throw usage(CLIENTS_USAGE)
  }
}

/** Replaces a client's scopes, or with neither option shows them and what its role could have beside them. */
async function changeScopes(
  deps: CommandDeps,
  clientId: string,
  to: { readonly scopes: readonly string[] | undefined; readonly roleDefault: boolean | undefined },
  write: Write,
): Promise<void> {
  const { scopes, roleDefault = false } = to
  if (scopes !== undefined && roleDefault) {
    throw identityError('command-invalid', { detail: '--scope and --role-default exclude each other' })
  }
  if (scopes !== undefined || roleDefault) {
    await replaceClientScopes(deps, clientId, scopes)
    return write(
      `${clientId} has new scopes; tokens that are out keep the old ones until they end, five minutes at most`,
    )
  }
  const client = await readClient(deps.db, clientId)
  if (client === undefined) throw identityError('client-unknown', { detail: 'No client with this id is registered.' })
  for (const scope of SCOPES_BY_ROLE[client.role]) write(`${client.scopes.includes(scope) ? '+' : '-'} ${scope}`)
}

/** `node src/main.ts keys rotate`: another key signs the access tokens from now on. */
export async function runKeysCommand(deps: CommandDeps, args: readonly string[], write: Write): Promise<void> {
  const { values, positionals } = parse(args, KEYS_USAGE, { compromised: { type: 'boolean' } })
  if (positionals.length !== 1 || positionals[0] !== 'rotate') throw usage(KEYS_USAGE)
  const rotation = await rotateSigningKey(deps, { compromised: values.compromised ?? false })
  if (rotation.outcome === 'too-early') {
    write(`not yet: ${rotation.next} must be published until ${rotation.earliest.toISOString()} before it signs`)
    return
  }
  write(`${rotation.active} signs from now on`)
  write(`${rotation.retired} stays published until ${rotation.retiredUntil.toISOString()}`)
  write(`${rotation.next} is published and signs after the next rotation`)
}

function parse<const Options extends NonNullable<NonNullable<Parameters<typeof parseArgs>[0]>['options']>>(
  args: readonly string[],
  text: string,
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (cause) {
    throw usage(text, cause)
  }
}

function roleOf(text: string | undefined): Role {
  const role = ROLES.find((one) => one === text)
  if (role === undefined)
    throw identityError('command-invalid', { detail: `--role must be one of ${ROLES.join(', ')}` })
  return role
}

function readJwks(file: string | undefined): unknown {
  if (file === undefined) throw identityError('command-invalid', { detail: '--jwks FILE is needed' })
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw identityError('command-invalid', { detail: `${file} cannot be read as JSON`, cause })
  }
}

function usage(text: string, cause?: unknown) {
  return identityError('command-invalid', { detail: `usage:\n${text}`, cause })
}
