/** One problem at one place of the input. `pointer` is a JSON pointer (RFC 6901) or a parameter name. */
export interface FieldError {
  readonly pointer: string
  readonly detail: string
}

/** What an area says about one of its errors: HTTP status, and a short title in both languages. */
export interface ErrorSpec {
  readonly status: number
  readonly title: string
  readonly titleZh: string
  /** True where the same request may succeed later without any change. */
  readonly retryable?: boolean
}

export interface ErrorDetails {
  readonly detail?: string
  readonly errors?: readonly FieldError[]
  readonly cause?: unknown
  /** Extra members of the problem document; never personal data. */
  readonly meta?: Readonly<Record<string, unknown>>
  /** Seconds after which a retry makes sense; becomes the `Retry-After` header. */
  readonly retryAfter?: number
}

/**
 * The one error class of the project. A refusal of the domain (card revoked, result not recognised) is not
 * an error but a return value; this class is for requests that get no answer.
 */
export class AppError extends Error {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly titleZh: string
  readonly retryable: boolean
  readonly detail: string | undefined
  readonly errors: readonly FieldError[]
  readonly meta: Readonly<Record<string, unknown>>
  readonly retryAfter: number | undefined

  constructor(code: string, spec: ErrorSpec, details: ErrorDetails = {}) {
    super(details.detail ?? spec.title, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'AppError'
    this.code = code
    this.status = spec.status
    this.title = spec.title
    this.titleZh = spec.titleZh
    this.retryable = spec.retryable ?? false
    this.detail = details.detail
    this.errors = details.errors ?? []
    this.meta = details.meta ?? {}
    this.retryAfter = details.retryAfter
  }
}

/** A catalogue of one area's errors: call it with a code to make the error, read `specs` to list them. */
export interface ErrorCatalogue<Code extends string> {
  (code: Code, details?: ErrorDetails): AppError
  readonly area: string
  readonly specs: Readonly<Record<Code, ErrorSpec>>
}

/**
 * Declares the errors of an area. Codes become `area.code`; a misspelt code does not compile.
 *
 * @example
 * export const settlementError = defineErrors('settlement', {
 *   'claim-not-found': { status: 404, title: 'No such claim', titleZh: '结算单不存在' },
 * })
 * throw settlementError('claim-not-found', { detail: 'No claim with this id at your institution.' })
 */
export function defineErrors<const Specs extends Readonly<Record<string, ErrorSpec>>>(
  area: string,
  specs: Specs,
): ErrorCatalogue<keyof Specs & string> {
  const make = (code: keyof Specs & string, details?: ErrorDetails): AppError => {
    const spec = specs[code]
    if (spec === undefined) throw new TypeError(`unknown error code ${area}.${code}`)
    return new AppError(`${area}.${code}`, spec, details)
  }
  return Object.assign(make, { area, specs }) as ErrorCatalogue<keyof Specs & string>
}

/** Errors that no area owns: the request itself, the process, the database. */
export const requestError = defineErrors('request', {
  invalid: { status: 400, title: 'The request is not valid', titleZh: '请求不合法' },
  'not-found': { status: 404, title: 'No such resource', titleZh: '资源不存在' },
  'method-not-allowed': { status: 405, title: 'Method not allowed', titleZh: '方法不允许' },
  'not-acceptable': { status: 406, title: 'No acceptable representation', titleZh: '无法提供所需格式' },
  'too-large': { status: 413, title: 'The request is too large', titleZh: '请求体过大' },
  'too-deep': { status: 400, title: 'The request is nested too deeply', titleZh: '请求嵌套过深' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type', titleZh: '不支持的媒体类型' },
  'key-missing': { status: 400, title: 'Idempotency-Key is missing', titleZh: '缺少幂等键' },
  'key-reused': {
    status: 409,
    title: 'Idempotency-Key was used with another request',
    titleZh: '幂等键已用于不同的请求',
  },
  'answer-purged': {
    status: 410,
    title: 'The request was done; its answer was deleted',
    titleZh: '该请求已处理，其应答已依规删除',
  },
  'receive-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    titleZh: '请求接收超时',
    retryable: true,
  },
  'headers-too-large': { status: 431, title: 'The headers are too large', titleZh: '请求头过大' },
  'rate-limited': { status: 429, title: 'Too many requests', titleZh: '请求过于频繁', retryable: true },
  timeout: { status: 503, title: 'The request took too long', titleZh: '请求超时', retryable: true },
  'try-later': { status: 503, title: 'Busy, try again', titleZh: '系统繁忙，请稍后重试', retryable: true },
  internal: { status: 500, title: 'Internal error', titleZh: '内部错误' },
})
