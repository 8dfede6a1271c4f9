import { Type } from 'typebox'
import { FEN_PATTERN } from '../../kernel/money.ts'

const Amount = Type.String({ pattern: FEN_PATTERN, maxLength: 18 })
const Text = Type.String({ maxLength: 500 })

export const SlipQuery = Type.Object(
  {
    of: Type.Union([Type.Literal('settlement'), Type.Literal('reversal')], {
      default: 'settlement',
      description: 'The slip of the settlement, or that of its reversal',
    }),
  },
  { additionalProperties: false },
)

export const SlipHeaders = Type.Object({
  accept: Type.Optional(Type.String({ maxLength: 500, description: '`text/html` for a page to print' })),
})

const Item = Type.Object({
  line: Type.Integer({ description: 'Place on the bill, from 1' }),
  name: Text,
  amount: Amount,
  why: Text,
})

const Part = Type.Object({
  code: Type.String({ maxLength: 20 }),
  bearer: Type.Union([Type.Literal('fund'), Type.Literal('person'), Type.Literal('hospital')]),
  label: Text,
  amount: Amount,
  why: Type.Array(Text, { maxItems: 40 }),
  items: Type.Array(Item, { description: 'Lines outside the scope, and why; they sum to the part' }),
})

export const SlipBody = Type.Object(
  {
    title: Text,
    kind: Type.Union([Type.Literal('settlement'), Type.Literal('reversal')]),
    claim_id: Type.String({ maxLength: 36 }),
    setl_id: Type.String({ maxLength: 36 }),
    setl_time: Type.String({ maxLength: 40 }),
    psn_name: Type.String({ maxLength: 100, description: 'Masked' }),
    fixmedins_code: Type.String({ maxLength: 30 }),
    fixmedins_name: Text,
    mdtrtarea_admvs: Type.String({ maxLength: 6 }),
    insuplc_admdvs: Type.String({ maxLength: 6 }),
    insutype: Type.String({ maxLength: 6 }),
    med_type: Type.String({ maxLength: 6 }),
    notices: Type.Array(Text, { maxItems: 10 }),
    medfee_sumamt: Amount,
    inscp_scp_amt: Amount,
    fund_pay_sumamt: Amount,
    psn_part_amt: Amount,
    parts: Type.Array(Part, { description: 'They sum to medfee_sumamt: every fen stands in exactly one' }),
    payments: Type.Array(
      Type.Object({ code: Type.String({ maxLength: 20 }), label: Text, amount: Amount, why: Text }),
      { description: 'How the person pays; they sum to psn_part_amt' },
    ),
  },
  { $id: 'SettlementSlip' },
)
