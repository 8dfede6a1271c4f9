import { Type } from 'typebox'
import { FEN_PATTERN } from '../kernel/money.ts'
import { OUTCOMES } from './types.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()])
const month = Type.String({ pattern: '^\\d{4}-(?:0[1-9]|1[0-2])$', maxLength: 7, examples: ['2026-04'] })
const institution = Type.String({ pattern: '^H[0-9]{11}$', maxLength: 12 })
const amount = Type.String({ pattern: FEN_PATTERN })

export const FiguresQuery = Type.Object(
  {
    month,
    institution: Type.Optional(
      Type.String({ ...institution, description: 'For a bureau: an institution of its own city' }),
    ),
  },
  strict,
)

export const FiguresHeaders = Type.Object({
  accept: Type.Optional(Type.String({ maxLength: 200, description: 'application/json, text/csv or text/html' })),
})

export const LinkBody = Type.Object({ month, institution: Type.Optional(institution) }, strict)

export const LinkAnswer = Type.Object({
  url: Type.String({ description: 'Opens the page in a browser, without a token, until it expires' }),
  expiresAt: Type.String(),
})

export const PageQuery = Type.Object(
  {
    institution,
    month,
    until: Type.Integer({ minimum: 0, maximum: 9_999_999_999 }),
    signature: Type.String({ pattern: '^[A-Za-z0-9_-]{20,100}$', maxLength: 100 }),
  },
  strict,
)

const rate = nullable(
  Type.Integer({ description: 'recognised / (recognised + countable not recognised) in 1/10000; null without either' }),
)
const tally = {
  recognised: Type.Integer(),
  notRecognised: Type.Integer({ description: 'Countable ones, overdue emergency items included' }),
  rateBasisPoints: rate,
  savedAmount: amount,
}
const shares = Type.Array(
  Type.Object({
    code: Type.String(),
    zh: Type.String(),
    en: Type.String(),
    count: Type.Integer(),
    shareBasisPoints: Type.Integer(),
  }),
)

export const FiguresBody = Type.Object({
  institution: Type.String(),
  name: nullable(Type.String()),
  month: Type.String(),
  ...tally,
  shared: Type.Integer({ description: 'Own results that others decided on' }),
  sharedAccepted: Type.Integer(),
  sharedRefused: Type.Integer(),
  notCountable: Type.Integer(),
  open: Type.Integer(),
  pending: Type.Integer(),
  notEligible: Type.Integer(),
  reopened: Type.Integer(),
  usedOutside: Type.Integer(),
  unpriced: Type.Integer({ description: 'Recognised ones without a price here: their saving is not known' }),
  ordersChecked: Type.Integer(),
  repeatedWithoutDecision: Type.Integer(),
  ownJudgementBasisPoints: nullable(Type.Integer({ description: 'Reasons 07 and 08 among all, in 1/10000' })),
  reasons: shares,
  eligibility: shares,
  departments: Type.Array(
    Type.Object({
      department: nullable(Type.String()),
      ...tally,
      ownJudgementBasisPoints: nullable(Type.Integer()),
    }),
  ),
  items: Type.Array(Type.Object({ item: nullable(Type.String()), name: nullable(Type.String()), ...tally })),
  rows: Type.Array(
    Type.Object({
      department: nullable(Type.String()),
      item: nullable(Type.String()),
      outcome: Type.Enum([...OUTCOMES]),
      reasonCode: nullable(Type.String()),
      eCode: nullable(Type.String()),
      inRate: Type.Boolean(),
      usedOutside: Type.Boolean(),
      count: Type.Integer(),
      savedAmount: amount,
    }),
  ),
})
