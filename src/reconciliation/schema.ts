import { type Static, Type } from 'typebox'
import { FEN_PATTERN } from '../kernel/money.ts'

const strict = { additionalProperties: false } as const
const amount = (description: string) =>
  Type.String({ pattern: FEN_PATTERN, maxLength: 18, description, examples: ['125.00'] })
const Day = Type.String({
  format: 'date',
  maxLength: 10,
  description: 'Day of setl_time in Asia/Shanghai',
  examples: ['2026-11-24'],
})
const Code = Type.String({ minLength: 1, maxLength: 6, pattern: '^[0-9]+$', examples: ['310'] })

const sums = {
  medfee_sumamt: amount('医疗费总额'),
  fund_pay_sumamt: amount('基金支付总额'),
  acct_pay: amount('个人账户支出'),
  fixmedins_setl_cnt: Type.Integer({
    minimum: -10_000_000,
    maximum: 10_000_000,
    description: '结算笔数: settlements and refunds, each one',
    examples: [1],
  }),
}
const key = { insutype: Code, clr_type: Code }
const row = {
  medfee_sumamt: amount('医疗费总额'),
  fund_pay_sumamt: amount('基金支付总额'),
  acct_pay: amount('个人账户支出'),
  refd_setl_flag: Type.Enum(['0', '1'], { description: '退费结算标志', examples: ['0'] }),
}
const Sums = Type.Object(sums, strict)
const SentGroup = Type.Object({ ...key, ...sums }, strict)

/** A day of the largest hospitals is some ten thousand settlements. */
const MOST_DETAILS = 50_000

/** Enough for the most details with every field at its longest. */
export const STATEMENT_BYTES = 16 * 1024 * 1024

export const StatementBody = Type.Object(
  {
    date: Day,
    groups: Type.Array(SentGroup, { maxItems: 200, description: 'The day by insutype and clr_type (3201)' }),
    details: Type.Optional(
      Type.Array(
        Type.Object(
          { setl_id: Type.String({ minLength: 1, maxLength: 36, pattern: '^[A-Za-z0-9-]+$' }), ...row },
          strict,
        ),
        {
          maxItems: MOST_DETAILS,
          description:
            'Every settlement and refund of the day (3202); a refund is a row of its own with negative amounts',
        },
      ),
    ),
  },
  strict,
)
export type StatementBody = Static<typeof StatementBody>

const difference = {
  class: Type.Enum(['CENTER_ONLY', 'PROVIDER_ONLY', 'AMOUNT_DIFF', 'REFUND_DIFF', 'OTHER_DAY']),
  setl_id: Type.String({ maxLength: 36 }),
  sent: Type.Optional(Type.Object(row, strict)),
  center: Type.Optional(Type.Object(row, strict)),
  center_date: Type.Optional(
    Type.String({ maxLength: 10, description: 'OTHER_DAY: the day on which it stands at the centre' }),
  ),
  next_step: Type.Enum([
    'record-or-reverse',
    'settle-again-or-void',
    'reverse-and-settle-again',
    'record-the-refund',
    'refund-or-void',
    'move-to-its-day',
    'offset-next-period',
  ]),
}
const Difference = Type.Object(difference, strict)

export const ResultBody = Type.Object(
  {
    statement_id: Type.String({ maxLength: 36 }),
    date: Day,
    result: Type.Enum(['equal', 'unequal']),
    compared: Type.Enum(['totals', 'details']),
    groups: Type.Array(
      Type.Object({ ...key, equal: Type.Boolean(), sent: Sums, center: Sums, difference: Sums }, strict),
      { maxItems: 400 },
    ),
    differences: Type.Array(Difference, { maxItems: 500, description: 'The first page' }),
    differences_cnt: Type.Integer({
      minimum: 0,
      description: 'All of them; above 500 the rest is at /reconciliation/statements/{id}/differences',
    }),
  },
  strict,
)

export const StatementParams = Type.Object({ id: Type.String({ format: 'uuid', maxLength: 36 }) }, strict)
export const DifferencesQuery = Type.Object(
  {
    after: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0, description: 'next_after of the page before' }),
  },
  strict,
)
export const DifferencesBody = Type.Object(
  {
    statement_id: Type.String({ maxLength: 36 }),
    differences: Type.Array(
      Type.Object(
        {
          no: Type.Integer({ minimum: 1 }),
          state: Type.Enum(['open', 'superseded'], { description: 'superseded = the day was compared anew' }),
          ...difference,
        },
        strict,
      ),
      { maxItems: 500 },
    ),
    next_after: Type.Optional(Type.Integer({ minimum: 1, description: 'Left out on the last page' })),
  },
  strict,
)

export const TotalsQuery = Type.Object({ date: Day }, strict)
export const TotalsBody = Type.Object({ date: Day, groups: Type.Array(SentGroup, { maxItems: 200 }) }, strict)
