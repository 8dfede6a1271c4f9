import { Type } from 'typebox'
import { FEN_PATTERN } from '../kernel/money.ts'

const strict = { additionalProperties: false } as const
const amount = (description: string) =>
  Type.String({ pattern: FEN_PATTERN, maxLength: 18, description, examples: ['125.00'] })
const City = Type.String({ maxLength: 6, examples: ['510600'] })
const Month = Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$', maxLength: 7, examples: ['2026-11'] })
/** Of settlements and reversals in which this fund took part. */
const counts = {
  settlements: Type.Integer({ minimum: 0 }),
  reversals: Type.Integer({ minimum: 0 }),
}

export const PositionsQuery = Type.Object(
  {
    month: Month,
    prove: Type.Boolean({
      default: false,
      description: 'Also compare the counters with the entries of both cities’ books; reads the whole month',
    }),
  },
  strict,
)

export const PositionsBody = Type.Object(
  {
    month: Month,
    state: Type.Enum(['NONE', 'OPEN', 'CLOSED', 'CONFIRMED', 'PAID']),
    pairs: Type.Array(
      Type.Object(
        {
          payer: City,
          payee: City,
          gross_amt: amount('Owed by the insured city to the city of treatment, net of reversals'),
          net_amt: amount('After netting the pair; negative = the payer receives'),
        },
        strict,
      ),
      { maxItems: 12, description: 'A bureau gets the pairs of its own city, the operator all' },
    ),
    cities: Type.Array(
      Type.Object({ city: City, net_amt: amount('Positive = receives; the four sum to zero') }, strict),
      {
        maxItems: 4,
      },
    ),
    detail: Type.Array(
      Type.Object(
        {
          payer: City,
          payee: City,
          fund_pay_type: Type.String({ maxLength: 6, examples: ['310102'] }),
          clr_type: Type.String({ maxLength: 6, examples: ['11'] }),
          amount: amount('Net of reversals'),
          ...counts,
        },
        strict,
      ),
      { maxItems: 2000 },
    ),
    proof: Type.Optional(
      Type.Object(
        {
          balanced: Type.Boolean({
            description: 'For every pair: what the payer’s book owes = what the payee’s book claims = the counters',
          }),
          due_to_amt: amount('Owed, by the entries of the paying cities'),
          due_from_amt: amount('Claimed, by the entries of the cities of treatment'),
          counted_amt: amount('By the counters, from which the positions are made'),
          disagreements: Type.Array(
            Type.Object(
              {
                payer: City,
                payee: City,
                due_to_amt: amount('By the payer’s book'),
                due_from_amt: amount('By the payee’s book'),
                counted_amt: amount('By the counters'),
              },
              strict,
            ),
            { maxItems: 16 },
          ),
        },
        strict,
      ),
    ),
  },
  strict,
)
