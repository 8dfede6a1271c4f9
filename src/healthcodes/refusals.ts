import type { MapProblem, TimeProblem } from './rules.ts'
import type { Bilingual } from './types.ts'

export type HealthRefusalCode =
  | MapProblem
  | TimeProblem
  | 'malformed'
  | 'algorithm-not-allowed'
  | 'key-unknown'
  | 'key-revoked'
  | 'key-use-not-allowed'
  | 'key-not-in-force'
  | 'signature-invalid'
  | 'superseded'
  | 'dormant'
  | 'policy-missing'

export interface HealthRefusal extends Bilingual {
  readonly code: HealthRefusalCode
}

const TEXTS: Readonly<Record<HealthRefusalCode, readonly [zh: string, en: string]>> = {
  malformed: ['不是健康码', 'Not a health code'],
  'algorithm-not-allowed': ['签名算法不被允许', 'The signature algorithm is not allowed'],
  'issuer-unknown': ['签发机构未登记', 'The issuer is not registered'],
  'key-unknown': ['签发机构没有此密钥', 'The issuer has no such key'],
  'key-revoked': ['签名密钥已吊销', 'The key was revoked'],
  'key-use-not-allowed': ['该密钥不得签发健康码', 'The key may not sign health codes'],
  'key-not-in-force': ['签名密钥不在有效期内', 'The key was not in force'],
  'signature-invalid': ['签名无效', 'The signature does not hold'],
  'version-unknown': ['赋码等级版本未登记', 'The version of the level table is not registered'],
  'version-not-in-force': ['赋码等级版本不在有效期内', 'The version of the level table is not in force'],
  'level-unknown': ['赋码等级未登记', 'The level is not in the table'],
  'not-yet-valid': ['健康码尚未生效', 'Not yet valid'],
  expired: ['健康码已过期', 'Expired'],
  'too-old': ['健康码签发过久，请刷新', 'Too old; a fresh code is needed'],
  superseded: ['健康码已更新，请刷新', 'The code was updated; a fresh one is needed'],
  dormant: ['健康码功能未启用', 'Health codes are dormant'],
  'policy-missing': ['缺少时效参数，无法识读', 'The limits of age are not known'],
}

export function refusal(code: HealthRefusalCode): HealthRefusal {
  const [zh, en] = TEXTS[code]
  return { code, zh, en }
}
