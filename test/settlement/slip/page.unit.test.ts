import { expect, test } from 'vitest'
import { fen } from '../../../src/kernel/money.ts'
import { renderSlip } from '../../../src/settlement/slip/page.ts'
import type { Slip } from '../../../src/settlement/slip/types.ts'

const HOSTILE = `</td></table><script>alert('1')</script><img src=x onerror="alert(1)">&lt;`
const ESCAPED =
  '&lt;/td&gt;&lt;/table&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;lt;'

const slip: Slip = {
  kind: 'settlement',
  claimId: HOSTILE,
  setlId: HOSTILE,
  title: HOSTILE,
  name: HOSTILE,
  institution: HOSTILE,
  institutionName: HOSTILE,
  treatmentCity: HOSTILE,
  insuredCity: HOSTILE,
  insutype: HOSTILE,
  medType: HOSTILE,
  setlTime: new Date('2026-11-24T16:30:00Z'),
  notices: [HOSTILE],
  medfee: fen(100n),
  inScope: fen(0n),
  fundPay: fen(0n),
  psnPart: fen(100n),
  parts: [
    {
      code: 'fulamt_ownpay',
      bearer: 'person',
      label: HOSTILE,
      amount: fen(100n),
      why: [HOSTILE],
      items: [{ line: 1, name: HOSTILE, amount: fen(100n), why: HOSTILE }],
    },
  ],
  payments: [{ code: 'cash', label: HOSTILE, amount: fen(100n), why: HOSTILE }],
}

test('a name of an institution, an item or anything else that a slip shows is text and never markup', () => {
  const html = renderSlip(slip)
  expect(html).not.toMatch(/<script|<img|&lt;(?=$|[^/si])/)
  // Title twice, eight facts of which one holds two texts and the time none, a notice, a part, its reason, its item's two, a payment's two.
  expect(html.split(ESCAPED)).toHaveLength(18)
  expect(html.match(/<table>/g)).toHaveLength(2)
  expect(html.match(/<\/table>/g)).toHaveLength(2)
})

test('the time of a slip is that of the four cities', () => {
  expect(renderSlip(slip)).toContain('2026-11-25 00:30')
})
