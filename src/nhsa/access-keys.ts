import { randomBytes } from 'node:crypto'
import { appendAudit, COMMAND_LINE } from '../audit/index.ts'
import { checkFixmedinsCode } from '../codes/index.ts'
import { announce } from '../kernel/change-feed.ts'
import { encryptField } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { inTx } from '../kernel/tx.ts'
import { nhsaError } from './errors.ts'
import { secretPlace } from './open-nhsa.ts'
import { insertAccessKey, listAccessKeys, NHSA_CHANGED, revokeAccessKey } from './store.ts'

type KeyDeps = Pick<Deps, 'db' | 'clock' | 'keyring'>

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** A new access key of an institution. Its secret is told here and never again: the table holds its ciphertext. */
export async function issueAccessKey(
  deps: KeyDeps,
  institution: string,
): Promise<{ readonly accessKey: string; readonly secret: string }> {
  if (!checkFixmedinsCode(institution).ok) throw nhsaError('institution-unknown')
  const accessKey = `nhsa-${[...randomBytes(20)].map((byte) => BASE32[byte % 32]).join('')}`
  const secret = randomBytes(32).toString('base64url')
  await inTx(deps.db, async (tx) => {
    await insertAccessKey(tx, {
      accessKey,
      institution,
      secretEncrypted: encryptField(deps.keyring, secret, secretPlace(accessKey)),
      issuedAt: deps.clock.now(),
    })
    await tell(tx, deps, 'nhsa.key-issue', accessKey)
  })
  return { accessKey, secret }
}

/** The key is refused by every process within a second. */
export async function withdrawAccessKey(deps: Pick<Deps, 'db' | 'clock'>, accessKey: string): Promise<void> {
  await inTx(deps.db, async (tx) => {
    if (!(await revokeAccessKey(tx, accessKey, deps.clock.now()))) throw nhsaError('key-unknown')
    await tell(tx, deps, 'nhsa.key-revoke', accessKey)
  })
}

async function tell(tx: Tx, deps: Pick<Deps, 'clock'>, action: string, accessKey: string): Promise<void> {
  await announce(tx, NHSA_CHANGED)
  await appendAudit(
    tx,
    {
      ...COMMAND_LINE,
      action,
      targetType: 'client',
      targetId: accessKey,
      purpose: 'administration',
      basis: 'legal-duty',
      result: 'allowed',
    },
    deps.clock,
  )
}

const USAGE = `nhsa key issue INSTITUTION
nhsa key list [INSTITUTION]
nhsa key revoke ACCESS_KEY`

/** `node src/main.ts nhsa key …`: what an operator does about access keys of the gateway. */
export async function runNhsaCommand(
  deps: KeyDeps,
  args: readonly string[],
  write: (line: string) => void,
): Promise<void> {
  const [noun, action, name, ...rest] = args
  if (noun !== 'key' || rest.length > 0) throw usage()
  if (action === 'list') {
    for (const key of await listAccessKeys(deps.db, name)) {
      const state = key.revokedAt === null ? 'active' : `revoked ${key.revokedAt.toISOString()}`
      write([key.accessKey, key.institution, key.issuedAt.toISOString(), state].join('\t'))
    }
    return
  }
  if (name === undefined) throw usage()
  if (action === 'issue') {
    const { accessKey, secret } = await issueAccessKey(deps, name)
    write(`access key\t${accessKey}`)
    write(`secret key\t${secret}`)
    write('The secret is not shown again.')
    return
  }
  if (action !== 'revoke') throw usage()
  await withdrawAccessKey(deps, name)
  write(`${name} is revoked`)
}

const usage = () => nhsaError('command-invalid', { detail: `usage:\n${USAGE}` })
