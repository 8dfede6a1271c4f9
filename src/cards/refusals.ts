import type { Refusal, RefusalCode } from './types.ts'

const TEXTS: Readonly<Record<RefusalCode, readonly [zh: string, en: string]>> = {
  malformed: ['不是完整的一码通卡或码', 'Not a whole card or code of this system'],
  'algorithm-not-allowed': ['签名算法不被允许', 'The signature algorithm is not allowed'],
  'issuer-unknown': ['发卡机构未知', 'The issuer is not known'],
  'key-unknown': ['签名密钥不属于该发卡机构', 'The issuer has no such key'],
  'key-revoked': ['签名密钥已作废', 'The key was revoked'],
  'signature-invalid': ['签名无效', 'The signature does not hold'],
  'key-use-not-allowed': ['该密钥不得用于此用途', 'The key may not sign this'],
  'key-not-in-force': ['签发时该密钥不在有效期内', 'The key was not in force when this was signed'],
  'not-yet-valid': ['尚未生效', 'Not yet valid'],
  expired: ['已过期', 'Expired'],
  'card-unknown': ['发卡机构没有该卡', 'The issuer has no such card'],
  revoked: ['该卡已注销', 'The card was revoked'],
  suspended: ['该卡已暂停使用', 'The card is suspended'],
  'purpose-mismatch': ['该码不用于此目的', 'The code was made for another purpose'],
  'institution-not-recognised': ['参保地未互认本机构', 'The insured city does not recognise this institution'],
  'status-too-old': ['核验数据过旧，暂不可核验', 'The data to verify against is too old'],
  'single-use-needs-code': ['一次性核验须出示动态码', 'A use that counts once needs a dynamic code'],
  replayed: ['该码已使用过', 'The code was used before'],
  'try-later': ['暂时无法核验，请稍后重试', 'Not decided at this moment; try again'],
  'carrier-unknown': ['该载体未登记', 'No such carrier is registered'],
  'carrier-suspended': ['该载体已暂停使用', 'The carrier is suspended'],
  'carrier-revoked': ['该载体已注销', 'The carrier was revoked'],
}

/** Made once: a verification allocates no texts. */
const READY = new Map<string, Refusal>()

export function refusal(code: RefusalCode, part?: Refusal['part']): Refusal {
  const key = part === undefined ? code : `${code}/${part}`
  let ready = READY.get(key)
  if (ready === undefined) {
    const [zh, en] = TEXTS[code]
    ready = part === undefined ? { code, zh, en } : { code, zh, en, part }
    READY.set(key, ready)
  }
  return ready
}
