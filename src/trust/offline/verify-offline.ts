import {
  foreignVerdictText,
  freshnessOf,
  judgeForeign,
  type Purpose,
  pays,
  refusal,
  verdictText,
  verifyCode,
} from '../../cards/index.ts'
import {
  createForeignTrust,
  type ForeignLists,
  type ForeignTrust,
  isForeign,
  verifyForeign,
} from '../../foreign/index.ts'
import {
  HEALTH_CODE_TYPE,
  type HealthCodeMap,
  type HealthCodeMemory,
  type HealthVerdict,
  healthCodeMemory,
  verifyHealthCode,
} from '../../healthcodes/index.ts'
import { parseStrictObjectBytes } from '../../kernel/strict-json.ts'
import { localDate } from '../../kernel/time.ts'
import { bundleMemory } from './bundle-memory.ts'
import type { TrustBundle } from './read-bundle.ts'

/** What a verifier without network cannot know, whatever the verdict. */
export const NOT_KNOWN = {
  holder: { zh: '持卡人', en: 'whose card it is' },
  'used-before': { zh: '该码是否已用过', en: 'whether the code was used before' },
  'insured-city': { zh: '参保地是否互认本机构', en: "whether the holder's insured city recognises the institution" },
  'health-level': { zh: '持卡人健康码等级', en: "the holder's health code level" },
  'level-changed': { zh: '等级此后是否变更', en: 'whether the level was changed since' },
} as const
export type NotKnown = keyof typeof NOT_KNOWN

/** The verdict as JSON, in the shape of the API, with what the bundle says of itself. */
export interface OfflineVerdict {
  readonly verdict: 'accepted' | 'refused'
  readonly kind?: string
  readonly reasons: readonly { readonly code: string; readonly zh: string; readonly en: string }[]
  readonly freshness: ReturnType<typeof freshnessOf>
  readonly notKnown: readonly NotKnown[]
  readonly [member: string]: unknown
}

export interface OfflineContext {
  readonly nowMs: number
  readonly purpose: Purpose
  readonly institution: string | undefined
}

/** Decides about shown codes from a bundle alone, with the functions that decide online. */
export function offlineVerifier(bundle: TrustBundle, context: OfflineContext) {
  const { nowMs, purpose, institution } = context
  const { clockSkewS } = bundle.manifest
  const memory = bundleMemory(bundle, nowMs)
  const freshness = freshnessOf(memory, localDate(new Date(nowMs)))
  const tooOld = freshness.state === 'too-old'
  let foreign: ForeignTrust | undefined
  let health: HealthCodeMemory | undefined

  const ownCode = async (code: string): Promise<OfflineVerdict> => {
    const verdict = await verifyCode(memory, code, { nowMs, clockSkewS, purpose, institution })
    // The level that the bundle knows of nobody is left out, lest it be read as "none".
    const { healthCode: _, ...shown } = JSON.parse(verdictText(verdict, { withName: false })) as OfflineVerdict
    const isCode = verdict.verdict === 'accepted' && verdict.kind === 'code'
    return {
      ...(shown as OfflineVerdict),
      notKnown: ['holder', ...(isCode ? (['used-before'] as const) : []), 'insured-city', 'health-level'],
    }
  }

  const foreignCode = (code: string): OfflineVerdict => {
    foreign ??= createForeignTrust(JSON.parse(bundle.foreign) as ForeignLists)
    const verdict = verifyForeign(foreign, code, { nowMs, clockSkewS })
    const once = { nowMs, clockSkewS, withName: false, countsOnce: pays(purpose), listAgeMs: memory.keys.ageMs() }
    const shown = JSON.parse(foreignVerdictText(judgeForeign(memory, verdict, once), once)) as OfflineVerdict
    return { ...shown, notKnown: [] }
  }

  const healthCode = async (code: string): Promise<OfflineVerdict> => {
    health ??= healthCodeMemory(JSON.parse(bundle.healthCodes) as HealthCodeMap, memory.keys)
    const verdict = await verifyHealthCode(health, code, { nowMs })
    return { ...refuseWhereTooOld({ ...healthText(verdict), freshness }), notKnown: ['level-changed'] }
  }

  /** The reader of health codes knows the age of a code, not that of the bundle. */
  const refuseWhereTooOld = <V extends Pick<OfflineVerdict, 'kind' | 'reasons'>>(shown: V) =>
    tooOld
      ? {
          verdict: 'refused' as const,
          ...(shown.kind === undefined ? {} : { kind: shown.kind }),
          reasons: [...shown.reasons, refusal('status-too-old')],
          freshness,
          clockSkewS,
        }
      : shown

  return {
    freshness,
    verify: async (code: string): Promise<OfflineVerdict> => {
      if (isForeign(code)) return foreignCode(code)
      return isHealthCode(code) ? await healthCode(code) : await ownCode(code)
    },
  }
}

/** The header says what a token of ours is; whether that is true is decided by who reads it. */
function isHealthCode(code: string): boolean {
  const header = parseStrictObjectBytes(Buffer.from(code.slice(0, code.indexOf('.') + 1), 'base64url'))
  return header?.['typ'] === HEALTH_CODE_TYPE
}

function healthText(verdict: HealthVerdict) {
  if (verdict.result === 'notRecognised') {
    return { verdict: 'refused' as const, kind: 'health', reasons: verdict.reasons }
  }
  const { level, issuer, issuerName, region, issuerLevel, version, issuedAtMs, expiresAtMs } = verdict
  return {
    verdict: 'accepted' as const,
    kind: 'health',
    reasons: [],
    level,
    issuer,
    issuerName,
    region,
    issuerLevel,
    version,
    issuedAt: new Date(issuedAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    codeAgeS: verdict.freshness.ageS,
    codeMaxAgeS: verdict.freshness.maxAgeS,
    clockSkewS: verdict.clockSkewS,
  }
}
