import type { ForeignFormat, ForeignPart, ForeignRefusal, ForeignRefusalCode, ForeignRefused } from './types.ts'

const TEXTS: Readonly<Record<ForeignRefusalCode, readonly [zh: string, en: string]>> = {
  malformed: ['不是完整的境外凭证', 'Not a whole certificate of this format'],
  'parts-missing': ['二维码分片不全', 'Not all parts of the code were given'],
  'several-holders': ['包含多人的凭证，请逐一出示', 'Certificates of several persons: show one at a time'],
  'link-not-followed': ['不支持链接形式的健康凭证', 'Links to certificates are not followed'],
  'algorithm-not-allowed': ['签名算法不被允许', 'The signature algorithm is not allowed'],
  'issuer-unknown': ['签发机构未列入信任名单', 'The issuer is not on the trust list'],
  'issuer-mismatch': ['密钥不属于所称的签发国家或地区', 'The key belongs to another issuer than the one named'],
  'key-unknown': ['签名密钥未列入信任名单', 'The trust list has no such key of the issuer'],
  'signature-invalid': ['签名无效', 'The signature does not hold'],
  'key-use-not-allowed': ['该密钥不得签发此类凭证', 'The key may not sign this kind of certificate'],
  'key-not-in-force': ['签发密钥的证书不在有效期内', 'The certificate of the key is not in force for this'],
  'not-yet-valid': ['尚未生效', 'Not yet valid'],
  expired: ['已过期', 'Expired'],
  revoked: ['该凭证已注销', 'The certificate was revoked'],
  'status-unavailable': ['缺少签发机构的注销名单', "The issuer's revocation list is not at hand"],
  'trust-list-missing': ['未导入该格式的信任名单', 'No trust list of this format was imported'],
  'trust-list-too-old': ['信任名单已过有效期', 'The trust list is past its end'],
}

export function refusal(code: ForeignRefusalCode, part?: ForeignPart): ForeignRefusal {
  const [zh, en] = TEXTS[code]
  return part === undefined ? { code, zh, en } : { code, zh, en, part }
}

export function refused(format: ForeignFormat, ...reasons: readonly ForeignRefusal[]): ForeignRefused {
  return { verdict: 'refused', format, reasons }
}
