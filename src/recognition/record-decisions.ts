import { encryptField } from '../kernel/crypto/index.ts'
import type { Tx } from '../kernel/db.ts'
import { newId } from '../kernel/ids.ts'
import { formatFen } from '../kernel/money.ts'
import { localDate, localMonth } from '../kernel/time.ts'
import type { Reader } from '../records/index.ts'
import type { Judged } from './judge-evidence.ts'
import type { RecognitionDeps, RecognitionQuestion } from './judge-results.ts'
import type { Suggestion } from './rules.ts'
import { insertDecisions } from './store.ts'
import { ELIGIBILITY_TEXTS } from './texts.ts'
import type { Reasons } from './types.ts'

/** Writes the decisions, which nothing changes afterwards, and answers with them as the caller sees them. */
export async function recordDecisions(
  deps: Pick<RecognitionDeps, 'clock' | 'keyring' | 'recognition'>,
  tx: Tx,
  by: Reader,
  question: RecognitionQuestion,
  judged: readonly Judged[],
) {
  const now = deps.clock.now()
  const today = localDate(now)
  const { register } = deps.recognition
  const catalogue = register.catalogue()
  const reasons = catalogue.reasonsOn(today)
  const prices = register.institution(by.institution)
  // An emergency's reason code is owed within this time.
  const openMs = catalogue.policyOn('open-hours', today) * 3_600_000
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
      reasonCode: one.decision.reason?.code ?? null,
      countable: one.decision.countable,
      eCodes: one.eligibility.hits,
      inputs: { ...one.inputs, register: String(register.changeNo()), reason: one.decision.reason?.version },
      detailEncrypted:
        detail === undefined
          ? null
          : encryptField(deps.keyring, detail, {
              table: 'recognition_decision',
              column: 'detail_encrypted',
              rowId: decisionId,
            }),
      dueAt: one.decision.outcome === 'open' ? new Date(now.getTime() + openMs) : null,
      decidedBy: by.clientId,
      decidedAt: now,
      decidedMonth: localMonth(now),
      reportId: one.reportId ?? null,
      evidence: one.evidence ?? null,
      department: question.department ?? null,
      informed: one.statement?.informed ?? null,
      // What a repetition would have cost here, where the price list says it.
      savedFen:
        one.decision.outcome === 'recognised' && one.itemCode !== undefined
          ? (prices.priceOn(one.itemCode, today)?.priceFen ?? null)
          : null,
      retrievalRef: one.statement?.retrievalRef ?? null,
      usedOutside: one.decision.usedOutside,
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
          : { code: decision.reason.code, zh: decision.reason.zh, en: decision.reason.en },
      hits: eligibility.hits.map((code) => ({ code, ...ELIGIBILITY_TEXTS[code] })),
      mark:
        eligibility.mark === undefined
          ? null
          : { label: eligibility.mark.label, scope: [...eligibility.mark.scope], verified: eligibility.mark.verified },
      validUntil: eligibility.validUntil,
      offeredReasons: offered(eligibility.verdict === 'eligible' ? suggestion : undefined, reasons),
      inRate: decision.countable === true,
      savedAmount: row === undefined || row.savedFen === null ? null : formatFen(row.savedFen),
      usedOutside: decision.usedOutside,
      dueAt: row?.dueAt?.toISOString() ?? null,
    }
  })
}

/** The codes that a physician may choose from, in words. */
export function offered(suggestion: Pick<Suggestion, 'offered'> | undefined, reasons: Reasons) {
  return (suggestion?.offered ?? []).flatMap((code) => {
    const reason = reasons.get(code)
    return reason === undefined ? [] : [{ code, zh: reason.zh, en: reason.en }]
  })
}
