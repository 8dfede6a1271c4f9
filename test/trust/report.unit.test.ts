import { describe, expect, it } from 'vitest'
import type { TrustBundle } from '../../src/trust/offline/read-bundle.ts'
import { reportVerdict } from '../../src/trust/offline/report.ts'
import type { OfflineVerdict } from '../../src/trust/offline/verify-offline.ts'

const bundle = {
  manifest: { seq: 7, hub: 'https://hub.example', exp: 1_790_000_000 },
  fingerprint: 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
} as unknown as TrustBundle

const verdict = (change: Partial<OfflineVerdict>): OfflineVerdict => ({
  verdict: 'accepted',
  kind: 'shc',
  reasons: [],
  freshness: {
    state: 'stale',
    keysAgeMs: 0,
    statusAgeMs: 9 * 3_600_000,
    institutionsAgeMs: 0,
    healthCodesAgeMs: 4,
    policyFrom: '2026-01-01',
    warnAfterS: 1,
    refuseAfterS: 2,
  },
  notKnown: [],
  ...change,
})

describe('the report of a verdict', () => {
  it('shows no sign of a certificate that would steer a terminal', () => {
    const text = reportVerdict(verdict({ foreignIssuer: 'https://a\u001b[2J\u0007\u202eb' }), bundle)
    expect(text).toContain('签发 issuer: https://a?[2J??b')
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u)
  })

  it('says how old the data are, from which bundle, and under which key', () => {
    const text = reportVerdict(verdict({}), bundle)
    expect(text).toContain('stale, fetch a new bundle soon 偏旧，请尽快更新信任包; 9 h old')
    expect(text).toContain('no. 7 of https://hub.example, good until 2026-09-21T14:13:20.000Z')
    expect(text).toContain(bundle.fingerprint)
  })

  it('gives every reason with its code, and no facts of what is refused', () => {
    const text = reportVerdict(
      verdict({
        verdict: 'refused',
        reasons: [
          { code: 'expired', zh: '已过期', en: 'Expired' },
          { code: 'revoked', zh: '该卡已注销', en: 'The card was revoked' },
        ],
        foreignIssuer: 'https://somebody.example',
        notKnown: ['holder'],
      }),
      bundle,
    )
    expect(text).toMatch(/^✗ 拒绝 REFUSED {2}SMART 健康卡 SMART Health Card\n/)
    expect(text).toContain('expired: 已过期 Expired')
    expect(text).toContain('revoked: 该卡已注销 The card was revoked')
    expect(text).not.toContain('somebody')
    expect(text).toContain('持卡人 whose card it is')
  })
})
