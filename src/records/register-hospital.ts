import type { JWK } from 'jose'
import { appendAudit } from '../audit/index.ts'
import { readInstitutionCode } from '../institutions/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { recordsError } from './errors.ts'
import { makeKey, sealKey } from './signing-key.ts'
import { nextChangeNo, readHospitals, upsertHospital } from './store.ts'
import type { Hospital } from './types.ts'

/** What an operator says of a hospital; what is left out keeps its value, or gets the usual one. */
export interface HospitalInput {
  readonly baseUrl: string
  readonly auth:
    | { readonly kind: 'none' }
    | {
        readonly kind: 'backend-services'
        readonly clientId: string
        readonly tokenUrl?: string | undefined
        readonly rotateKey?: boolean | undefined
        /** A key that the hospital knows already. Left out: the hub makes one. */
        readonly privateKey?: JWK | undefined
      }
  readonly deadlineMs?: number | undefined
  readonly maxBytes?: number | undefined
  readonly maxSockets?: number | undefined
  readonly identifierSystems?: Hospital['identifierSystems'] | undefined
  readonly notifies?: readonly string[] | undefined
  readonly enabled?: boolean | undefined
}

/** WS/T 500 root of the resident identity card number. */
/** How hospitals know people unless they were registered with something else. */
export const IDENTIFIER_SYSTEMS = { 'resident-id': 'urn:oid:2.16.156.10011.1.3' } as const
const MAX_SOCKETS = 8

/** Registers a hospital or changes it. Its base is from then on an address that the hub calls. */
export async function registerHospital(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>,
  institution: string,
  input: HospitalInput,
  by: string,
): Promise<Hospital> {
  readInstitutionCode(institution, 'params/code')
  const baseUrl = readAddress(input.baseUrl, '/baseUrl')
  return await inTx(deps.db, async (tx) => {
    const changeNo = await nextChangeNo(tx)
    const known = (await readHospitals(tx)).find((one) => one.institution === institution)
    const hospital: Hospital = {
      institution,
      baseUrl,
      auth: await authOf(deps, institution, input.auth, known),
      deadlineMs: input.deadlineMs ?? known?.deadlineMs ?? null,
      maxBytes: input.maxBytes ?? known?.maxBytes ?? deps.config.recordsMaxBytes,
      maxSockets: input.maxSockets ?? known?.maxSockets ?? MAX_SOCKETS,
      identifierSystems: input.identifierSystems ?? known?.identifierSystems ?? IDENTIFIER_SYSTEMS,
      // In order and each once: the same settings again leave the same row.
      notifies: [...new Set(input.notifies ?? known?.notifies)].sort(),
      enabled: input.enabled ?? known?.enabled ?? true,
      changeNo,
    }
    await upsertHospital(tx, hospital, { by, at: deps.clock.now() })
    await appendAudit(
      tx,
      {
        actor: by,
        actorOrg: by,
        role: 'operator',
        action: 'records.hospital-register',
        targetType: 'institution',
        targetId: institution,
        purpose: 'administration',
        basis: 'legal-duty',
        result: 'allowed',
      },
      deps.clock,
    )
    return hospital
  })
}

async function authOf(
  deps: Pick<Deps, 'keyring'>,
  institution: string,
  auth: HospitalInput['auth'],
  known: Hospital | undefined,
): Promise<Hospital['auth']> {
  if (auth.kind === 'none') return auth
  const kept = known?.auth.kind === 'backend-services' && auth.rotateKey !== true ? known.auth : undefined
  const key =
    auth.privateKey === undefined
      ? (kept ?? (await makeKey(deps.keyring, institution)))
      : await sealKey(deps.keyring, institution, auth.privateKey)
  return {
    kind: 'backend-services',
    clientId: auth.clientId,
    tokenUrl: auth.tokenUrl === undefined ? null : readAddress(auth.tokenUrl, '/auth/tokenUrl'),
    privateKey: key.privateKey,
    publicJwk: key.publicJwk,
  }
}

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Records travel to and from this address: TLS, except inside one machine. No user info, query or fragment. */
function readAddress(text: string, pointer: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const good =
    url !== undefined &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname))) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  if (!good) {
    throw recordsError('hospital-invalid', {
      detail: 'The address cannot be used.',
      errors: [{ pointer, detail: 'must be https (http on this machine only), without user, query and fragment' }],
    })
  }
  return url.href.replace(/\/$/, '')
}
