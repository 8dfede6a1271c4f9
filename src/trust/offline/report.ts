import { CITIES } from '../../codes/index.ts'
import type { TrustBundle } from './read-bundle.ts'
import { NOT_KNOWN, type OfflineVerdict } from './verify-offline.ts'

const KINDS: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  card: ['健康卡', 'card'],
  code: ['动态码', 'dynamic code'],
  health: ['健康码', 'health code'],
  shc: ['SMART 健康卡', 'SMART Health Card'],
  dcc: ['欧盟数字新冠证明', 'EU certificate'],
}

const STATES = {
  fresh: ['新', 'fresh'],
  stale: ['偏旧，请尽快更新信任包', 'stale, fetch a new bundle soon'],
  'too-old': ['过旧，不予接受', 'too old, nothing is accepted'],
} as const

/** A verdict for the person at the counter, in both languages. */
export function reportVerdict(verdict: OfflineVerdict, { manifest, fingerprint }: TrustBundle): string {
  const accepted = verdict.verdict === 'accepted'
  const [zh, en] = KINDS[verdict.kind ?? ''] ?? ['', '']
  const { state, statusAgeMs } = verdict.freshness
  const [stateZh, stateEn] = STATES[state]
  const rows: readonly (readonly [label: string, value: string])[] = [
    ...verdict.reasons.map((one) => ['原因 reason', `${one.code}: ${one.zh} ${one.en}`] as const),
    ...(accepted ? facts(verdict) : []),
    ['新鲜度 freshness', `${stateEn} ${stateZh}; ${duration(statusAgeMs)} old`],
    ['信任包 bundle', `no. ${manifest.seq} of ${manifest.hub}, good until ${instant(manifest.exp)}`],
    ['公钥指纹 key', fingerprint],
    ...(verdict.notKnown.length === 0
      ? []
      : [
          [
            '离线不可知 not known offline',
            verdict.notKnown.map((name) => `${NOT_KNOWN[name].zh} ${NOT_KNOWN[name].en}`).join('; '),
          ] as const,
        ]),
  ]
  const head = `${accepted ? '✓ 接受 ACCEPTED' : '✗ 拒绝 REFUSED'}${en === '' ? '' : `  ${zh} ${en}`}`
  return `${[head, ...rows.map(([label, value]) => `  ${label}: ${plain(value)}`)].join('\n')}\n`
}

function* facts(verdict: OfflineVerdict): Iterable<readonly [label: string, value: string]> {
  const city = CITIES.find((one) => one.code === verdict['issuer'])
  const issuer = text(verdict['foreignIssuer']) ?? text(verdict['issuer'])
  if (issuer !== undefined) {
    yield ['签发 issuer', city === undefined ? issuer : `${city.zh} ${city.en} (${city.code})`]
  }
  const level = text(verdict['level'])
  if (level !== undefined) yield ['等级 level', `${level} (${text(verdict['issuerLevel']) ?? ''})`]
  const certificate = text(verdict['certificate'])
  if (certificate !== undefined) yield ['内容 about', certificate]
  const cardId = text(verdict['cardId'])
  if (cardId !== undefined) yield ['卡号 card', cardId]
  const expiresAt = text(verdict['expiresAt'])
  if (expiresAt !== undefined) yield ['有效至 valid until', expiresAt]
  const recognition = verdict['recognition'] as { readonly reasons?: OfflineVerdict['reasons'] } | undefined
  for (const one of recognition?.reasons ?? []) yield ['机构 institution', `${one.code}: ${one.zh} ${one.en}`]
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const instant = (seconds: number): string => new Date(seconds * 1000).toISOString()

function duration(ms: number): string {
  const s = Math.round(ms / 1000)
  if (s < 120) return `${s} s`
  return s < 7_200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3_600)} h`
}

/** A certificate of others can hold any text: none of it may steer a terminal. */
const plain = (value: string): string => value.replace(/\p{C}/gu, '?')
