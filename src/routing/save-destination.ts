import { randomBytes } from 'node:crypto'
import { appendAudit } from '../audit/index.ts'
import { readInstitutionCode } from '../institutions/index.ts'
import { announce } from '../kernel/change-feed.ts'
import { encryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { secretPlace } from './body-place.ts'
import { routingError } from './errors.ts'
import { ROUTING_CHANGED } from './open-policy.ts'
import { nextChangeNo, readDestination, setPaused, upsertDestination } from './policy-store.ts'
import { isWebhookAddress } from './post-webhook.ts'
import { secretText } from './sign-webhook.ts'

export interface DestinationInput {
  readonly kind: 'hospital' | 'webhook'
  readonly url?: string | undefined
  readonly concurrency?: number | undefined
  readonly rotateSecret?: boolean | undefined
}

export interface SavedDestination {
  readonly code: string
  readonly kind: 'hospital' | 'webhook'
  readonly url: string | null
  readonly concurrency: number
  /** Shown once, when it is made. */
  readonly secret?: string
}

const CONCURRENCY = 4
const SECRET_BYTES = 32

/** Registers how an institution gets messages, or changes it. From then on its address is one that the hub calls. */
export async function saveDestination(
  deps: Pick<Deps, 'db' | 'clock' | 'keyring' | 'config'>,
  by: { readonly clientId: string; readonly requestId: string },
  codeText: string,
  input: DestinationInput,
): Promise<SavedDestination> {
  const code = readInstitutionCode(codeText, 'params/code')
  if (input.url !== undefined && !isWebhookAddress(deps.config, input.url)) {
    throw routingError('destination-invalid', {
      errors: [{ pointer: '/url', detail: 'must be https at a public address, without user, query and fragment' }],
    })
  }
  const at = deps.clock.now()
  return await inTx(deps.db, async (tx) => {
    const changeNo = await nextChangeNo(tx)
    const known = await readDestination(tx, code)
    const url = input.url === undefined ? (known?.url ?? null) : new URL(input.url).href
    if (input.kind === 'webhook' && url === null) {
      throw routingError('destination-invalid', { errors: [{ pointer: '/url', detail: 'is needed for a webhook' }] })
    }
    const fresh = url !== null && (known?.secret === undefined || known.secret === null || input.rotateSecret === true)
    const secret = fresh ? randomBytes(SECRET_BYTES) : undefined
    const saved = {
      code,
      kind: input.kind,
      institution: code,
      url,
      secret:
        secret === undefined
          ? (known?.secret ?? null)
          : encryptField(deps.keyring, secret.toString('base64'), secretPlace(code)),
      concurrency: input.concurrency ?? known?.concurrency ?? CONCURRENCY,
    }
    await upsertDestination(tx, saved, { changeNo, by: by.clientId, at })
    await auditChange(tx, deps, by, code, 'routing.destination-save')
    await announce(tx, ROUTING_CHANGED)
    const { kind, concurrency } = saved
    return {
      code,
      kind: kind as 'hospital' | 'webhook',
      url,
      concurrency,
      ...(secret === undefined ? {} : { secret: secretText(secret) }),
    }
  })
}

/** Stops deliveries to a destination, or lets them go on. Messages are taken all the while. */
export async function pauseDestination(
  deps: Pick<Deps, 'db' | 'clock'>,
  by: { readonly clientId: string; readonly requestId: string },
  code: string,
  paused: boolean,
): Promise<void> {
  await inTx(deps.db, async (tx) => {
    const known = await setPaused(tx, code, paused ? { at: deps.clock.now(), by: by.clientId } : undefined)
    if (!known) throw routingError('destination-not-found')
    await auditChange(tx, deps, by, code, paused ? 'routing.pause' : 'routing.resume')
    await announce(tx, ROUTING_CHANGED)
  })
}

async function auditChange(
  tx: Parameters<typeof appendAudit>[0],
  deps: Pick<Deps, 'clock'>,
  by: { readonly clientId: string; readonly requestId: string },
  code: string,
  action: string,
): Promise<void> {
  await appendAudit(
    tx,
    {
      actor: by.clientId,
      actorOrg: by.clientId,
      role: 'operator',
      action,
      targetType: 'destination',
      targetId: code,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
      requestId: by.requestId,
    },
    deps.clock,
  )
}
