import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { Deps } from '../kernel/deps.ts'
import { AppError } from '../kernel/errors.ts'
import { calendarDay } from './days.ts'
import { freshnessOf } from './freshness.ts'
import { refusal } from './refusals.ts'
import type { CodeVerdict } from './types.ts'
import { verdictText } from './verdict-text.ts'
import type { VerificationAudit } from './verification-audit.ts'
import { type Asker, countsOnce, type ShownCode, type VerifyDeps, verifyShownCode } from './verify-shown-code.ts'

export type BatchDeps = VerifyDeps & Pick<Deps, 'log'>

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
 * are used one after the other, so that of two same ones in the list the first is the use. An item that cannot be decided
 * now says so itself and takes nothing from the others: what was used for them stays used. With a `useKey` the list can be
 * repeated; each item has its own part of it.
 */
export async function verifyBatch(
  deps: BatchDeps,
  list: { readonly items: readonly ShownCode[]; readonly useKey?: string | undefined },
  asker: Asker,
): Promise<string> {
  const texts: (string | Promise<string>)[] = []
  let turnBegan = performance.now()
  await room(deps.verificationAudit)
  for (const [at, item] of list.items.entries()) {
    const useKey = list.useKey === undefined ? undefined : `${list.useKey}#${at}`
    const text = verifyItem(deps, { ...item, useKey, ofList: true }, asker)
    texts.push(countsOnce(item) ? await text : text)
    const early = texts[at - AHEAD]
    if (early instanceof Promise) await early
    if (at % AT_A_TIME === AT_A_TIME - 1 || performance.now() - turnBegan > TURN_MS) {
      await nextTurn()
      await room(deps.verificationAudit)
      turnBegan = performance.now()
    }
  }
  const answers: string[] = []
  for (const text of texts) answers.push(typeof text === 'string' ? text : await text)
  return `{"items":[${answers.join(',')}]}`
}

/** Never throws and never rejects: a fault is the item's answer, and a line in the log. */
function verifyItem(deps: BatchDeps, item: ShownCode, asker: Asker): string | Promise<string> {
  const undecided = (error: unknown): string => {
    if (!(error instanceof AppError && error.retryable)) deps.log.error({ err: error }, 'an item of a list failed')
    return verdictText(tryLater(deps), { withName: false })
  }
  try {
    const text = verifyShownCode(deps, item, asker)
    return typeof text === 'string' ? text : text.catch(undecided)
  } catch (error) {
    return undecided(error)
  }
}

function tryLater({ cards, clock, config }: BatchDeps): CodeVerdict {
  return {
    verdict: 'refused',
    reasons: [refusal('try-later')],
    recognition: null,
    subject: null,
    freshness: freshnessOf(cards, calendarDay(clock.now().getTime()).date),
    clockSkewS: config.clockSkewS,
  }
}

/** Lists are as fast as the audit log is written, and no faster. Where it is not, the items say that they were not decided. */
async function room(audit: VerificationAudit): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!audit.hasRoomForLists() && performance.now() < end) await pause(LOOK_MS)
}
