import { AppError } from '../kernel/errors.ts'
import { errMsg } from './errors.ts'
import { compileFields } from './fields.ts'
import { REQUEST } from './tables/envelope.ts'
import { wireStamp } from './times.ts'

export const REQUEST_FIELDS = compileFields(REQUEST)

/** What every answer of one call has in common. */
export interface Receipt {
  /** 医保区划 of the receiver: the city of treatment, or the province where no city is known. */
  readonly admdvs: string
  readonly serial: string
  readonly receivedAt: Date
}

/** An answer as text: sent, stored and sent again as the same bytes. */
export function envelopeText(
  receipt: Receipt,
  respondedAt: Date,
  answer: { readonly output: object } | { readonly errMsg: string },
): string {
  const failed = 'errMsg' in answer
  return JSON.stringify({
    infcode: failed ? -1 : 0,
    inf_refmsgid: `${receipt.admdvs}${wireStamp(receipt.receivedAt).slice(0, 14)}${receipt.serial}`,
    refmsg_time: wireStamp(receipt.receivedAt),
    respond_time: wireStamp(respondedAt),
    err_msg: failed ? answer.errMsg : '',
    output: failed ? {} : answer.output,
  })
}

/** What the caller is told of an error: Chinese, with the fields at fault, without any value and without anything of a fault of ours. */
export function messageOf(error: unknown): string {
  if (!(error instanceof AppError) || error.status === 500) return '系统内部错误，请稍后以原报文重发'
  if (error.code === 'nhsa.field-invalid') {
    return errMsg(error.errors.map((one) => `${one.pointer}${one.detail}`))
  }
  const fields = [...new Set(error.errors.map((one) => placeIn(one.pointer)).filter((name) => name !== undefined))]
  const named = fields.length === 0 ? '' : `（${fields.slice(0, 5).join('、')}）`
  const { missing, reasonsZh } = error.meta
  return errMsg([
    `${error.titleZh}${named}`,
    ...(typeof missing === 'string' ? [`须先完成交易${missing}`] : []),
    ...(Array.isArray(reasonsZh) ? reasonsZh.map(String) : []),
  ])
}

/** The field of a JSON pointer, with the row of its node, for readers who know fields and not pointers. */
function placeIn(pointer: string): string | undefined {
  const [, node, row, field] = /^\/([a-z_]+)\/(\d+)\/([A-Za-z_]+)$/.exec(pointer) ?? []
  if (row !== undefined) return `${node}第${Number(row) + 1}行 ${field}`
  return pointer.split('/').findLast((part) => /^[A-Za-z_]+$/.test(part))
}

/** True for a fault of ours. */
export const isFault = (error: unknown): boolean => !(error instanceof AppError) || error.status >= 500

/** True where the same message may come out otherwise later: its answer must not be kept. */
export const isPassing = (error: unknown): boolean => isFault(error) || (error instanceof AppError && error.retryable)
