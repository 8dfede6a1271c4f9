import { decryptField, encryptField } from '../kernel/crypto/index.ts'
import type { Deps } from '../kernel/deps.ts'
import { hashRequest } from '../kernel/idempotency.ts'
import { newId } from '../kernel/ids.ts'
import { nhsaError } from './errors.ts'
import { claimMessage, type MessageKey, readMessage, releaseMessage, saveAnswer } from './message-store.ts'

export interface Message extends MessageKey {
  readonly infno: string
  /** False once what the message did was taken back under its own name (2601): its answer is true no more. */
  readonly stands?: () => Promise<boolean>
  /** The call as it came, as one text. */
  readonly body: string
}

export interface WorkDone {
  readonly text: string
  /** False for what a repeat may turn out differently: the message stays open for it. */
  readonly keep: boolean
}

/** Longer than any work takes; after that a worker is taken to have been killed, and a repeat does the work. */
const BUSY_MS = 30_000
/** How often and how long another process's answer is looked for. */
const LOOK_MS = 50
const LOOKS = 160

/** Told whether the message was worked on before, with no answer kept: then its work may have been done. */
type Work = (again: boolean) => Promise<WorkDone>

export interface OnceDeps extends Pick<Deps, 'db' | 'clock' | 'keyring'> {
  /** Messages under work in this process: equal calls share one answer without asking the database. */
  readonly underWay: Map<string, { readonly hash: Buffer; readonly answer: Promise<string> }>
}

/**
 * Answers each message once: its row stands before the work begins, its answer is kept encrypted after it, and a repeat gets
 * that answer byte for byte. Where a process dies in between the work is done again: the keys of the work itself (the
 * institution's visit number, a line's serial number, the msgid of a settlement) keep it from counting twice.
 */
export async function answerOnce(deps: OnceDeps, message: Message, work: Work): Promise<string> {
  const name = `${message.institution} ${message.msgid}`
  const hash = hashRequest(message.infno, message.body)
  const other = deps.underWay.get(name)
  if (other !== undefined) {
    if (!other.hash.equals(hash)) throw nhsaError('msgid-reused')
    return await other.answer
  }
  const answer = findOrWork(deps, message, hash, work)
  deps.underWay.set(name, { hash, answer })
  try {
    return await answer
  } finally {
    deps.underWay.delete(name)
  }
}

/** The answer that a message was given before; undefined where it has none. */
export async function storedAnswer(
  deps: Pick<OnceDeps, 'db' | 'keyring'>,
  message: Message,
  bodyHash = hashRequest(message.infno, message.body),
): Promise<string | undefined> {
  const stored = await readMessage(deps.db, message)
  if (stored === undefined) return undefined
  if (!stored.bodyHash.equals(bodyHash)) throw nhsaError('msgid-reused')
  if (stored.purged) throw nhsaError('answer-purged')
  if (stored.answer === null) return undefined
  if ((await message.stands?.()) === false) throw nhsaError('msgid-compensated')
  return decryptField(deps.keyring, stored.answer, placeOf(message))
}

async function findOrWork(deps: OnceDeps, message: Message, bodyHash: Buffer, work: Work): Promise<string> {
  const worker = newId<'nhsa-worker'>()
  for (let look = 0; look < LOOKS; look++) {
    const now = deps.clock.now()
    const busyUntil = new Date(now.getTime() + BUSY_MS)
    const claimed = await claimMessage(deps.db, { ...message, bodyHash, worker, now, busyUntil })
    if (claimed !== undefined) {
      const answer = await workAndKeep(deps, message, worker, () => work(claimed === 'again'))
      if (answer !== undefined) return answer
    }
    const stored = await storedAnswer(deps, message, bodyHash)
    if (stored !== undefined) return stored
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw nhsaError('in-progress')
}

/** Undefined where another took the message over: its answer is the one that counts. */
async function workAndKeep(
  deps: OnceDeps,
  message: Message,
  worker: string,
  work: () => Promise<WorkDone>,
): Promise<string | undefined> {
  let done: WorkDone
  try {
    done = await work()
  } catch (error) {
    await releaseMessage(deps.db, { ...message, worker })
    throw error
  }
  if (!done.keep) {
    await releaseMessage(deps.db, { ...message, worker })
    return done.text
  }
  const answer = encryptField(deps.keyring, done.text, placeOf(message))
  return (await saveAnswer(deps.db, { ...message, worker, answer })) ? done.text : undefined
}

const placeOf = ({ institution, msgid }: MessageKey) => ({
  table: 'nhsa_message',
  column: 'answer_encrypted',
  rowId: `${institution} ${msgid}`,
})
