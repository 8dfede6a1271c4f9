import { encryptField } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import type { Deps } from '../kernel/deps.ts'
import { newId } from '../kernel/ids.ts'
import { localMonth } from '../kernel/time.ts'
import type { Reader } from '../records/index.ts'
import type { Judged } from './judge-evidence.ts'
import type { RecognitionQuestion } from './judge-results.ts'
import { insertDecisions } from './store.ts'
import { ELIGIBILITY_TEXTS, REASONS } from './texts.ts'

/** An emergency's reason code is owed within a day. */
const OPEN_FOR_MS = 24 * 3_600_000

/** Writes the decisions, which nothing changes afterwards, and answers with them as the caller sees them. */
export async function recordDecisions(
  deps: Pick<Deps, 'clock' | 'keyring'>,
  tx: Tx,
  by: Reader,
  question: RecognitionQuestion,
  judged: readonly Judged[],
) {
  const now = deps.clock.now()
  const rows = judged.map((one) => {
    const decisionId = newId<'decision'>()
    const detail = one.statement?.detail ?? question.visit.monitoringDisease
    return {
      decisionId,
      personId: question.personId,
      institution: by.institution,
      issuer: question.result.institution,
      resourceType: one.resourceType,
      resourceId: one.resourceId,
      item: one.itemCode ?? null,
      outcome: one.decision.outcome,
      reasonCode: one.decision.reason ?? null,
      countable: one.decision.countable,
      eCodes: one.eligibility.hits,
      inputs: one.inputs,
      detailEncrypted:
        detail === undefined
          ? null
          : encryptField(deps.keyring, detail, {
              table: 'recognition_decision',
              column: 'detail_encrypted',
              rowId: decisionId,
            }),
      dueAt: one.decision.outcome === 'open' ? new Date(now.getTime() + OPEN_FOR_MS) : null,
      decidedBy: by.clientId,
      decidedAt: now,
      decidedMonth: localMonth(now),
    }
  })
  await insertDecisions(tx, rows)
  return judged.map((one, index) => {
    const { decision, eligibility, item, suggestion } = one
    const row = rows[index]
    return {
      decisionId: row?.decisionId as string,
      resource: `${one.resourceType}/${one.resourceId}`,
      item:
        item === undefined
          ? null
          : { code: item.code, name: item.name, version: item.version, verified: item.verified },
      outcome: decision.outcome,
      reason:
        decision.reason === undefined
          ? null
          : { code: decision.reason, zh: REASONS[decision.reason].zh, en: REASONS[decision.reason].en },
      hits: eligibility.hits.map((code) => ({ code, ...ELIGIBILITY_TEXTS[code] })),
      mark:
        eligibility.mark === undefined
          ? null
          : { label: eligibility.mark.label, scope: [...eligibility.mark.scope], verified: eligibility.mark.verified },
      validUntil: eligibility.validUntil,
      offeredReasons: (eligibility.verdict === 'eligible' ? (suggestion?.offered ?? []) : []).map((code) => ({
        code,
        zh: REASONS[code].zh,
        en: REASONS[code].en,
      })),
      inRate: decision.countable === true,
      dueAt: row?.dueAt?.toISOString() ?? null,
    }
  })
}
