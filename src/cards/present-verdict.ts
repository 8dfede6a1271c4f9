import type { CodeVerdict } from './types.ts'

/**
 * The verdict as it leaves the process: of a refused code nothing about its holder, and the masked name only where the
 * caller's scope asks for it (least data: a verification answers what its purpose needs).
 */
export function presentVerdict(verdict: CodeVerdict, options: { readonly withName: boolean }) {
  const { recognition } = verdict
  const common = {
    verdict: verdict.verdict,
    reasons: verdict.reasons.map((one) => ({ ...one })),
    freshness: verdict.freshness,
    ...(recognition === null
      ? {}
      : {
          recognition: { recognised: recognition.recognised, reasons: recognition.reasons.map((one) => ({ ...one })) },
        }),
  }
  if (verdict.verdict === 'refused') return common
  const { personId, maskedName, insuredCity } = verdict.holder
  return {
    ...common,
    kind: verdict.kind,
    cardId: verdict.cardId,
    issuer: verdict.city,
    expiresAt: new Date(verdict.expiresAtMs).toISOString(),
    holder: { personId, insuredCity, ...(options.withName ? { maskedName } : {}) },
  }
}
