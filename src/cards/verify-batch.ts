import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { requestError } from '../kernel/errors.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { type Asker, countsOnce, type ShownCode, type VerifyDeps, verifyShownCode } from './verify-shown-code.ts'

/** Half a millisecond of signatures; then whoever shows one card at a counter comes in between. */
const AT_A_TIME = 8

/** A foreign certificate can cost as much as twenty codes of ours: then fewer make a turn. */
const TURN_MS = 1

/**
 * Codes of one list whose verdicts come later (SM2): enough to keep a thread busy, and few of what all threads take on, so
 * that some lists at a time leave room for a single code.
 */
const AHEAD = 64

/** How long a list waits while the audit log is being written, and between two looks at that. */
const PATIENCE_MS = 10_000
const LOOK_MS = 10

/**
 * Verifies a list of codes as if each came alone; gives the JSON text of the answer, in their order. Codes that count once
 * are used one after the other, so that of two same ones in the list the first is the use.
 */
export async function verifyBatch(deps: VerifyDeps, items: readonly ShownCode[], asker: Asker): Promise<string> {
  const texts: (string | Promise<string>)[] = []
  await roomFor(deps.verificationAudit)
  let turnBegan = performance.now()
  for (const [at, item] of items.entries()) {
    const text = verifyShownCode(deps, { ...item, ofList: true }, asker)
    // A rejection is heard below, where each is awaited; until then it must not count as unheard.
    if (text instanceof Promise) text.catch(() => undefined)
    texts.push(countsOnce(item) ? await text : text)
    const early = texts[at - AHEAD]
    if (early instanceof Promise) await early
    if (at % AT_A_TIME === AT_A_TIME - 1 || performance.now() - turnBegan > TURN_MS) {
      await nextTurn()
      await roomFor(deps.verificationAudit)
      turnBegan = performance.now()
    }
  }
  const answers: string[] = []
  for (const text of texts) answers.push(typeof text === 'string' ? text : await text)
  return `{"items":[${answers.join(',')}]}`
}

/** Lists are as fast as the audit log is written, and no faster. @throws `request.try-later` */
async function roomFor(audit: VerificationAudit): Promise<void> {
  if (audit.hasRoomForLists()) return
  const end = performance.now() + PATIENCE_MS
  while (!audit.hasRoomForLists()) {
    if (performance.now() > end) {
      throw requestError('try-later', {
        detail: 'More is being verified than can be written to the audit log.',
        retryAfter: 1,
      })
    }
    await pause(LOOK_MS)
  }
}
