import { formatFen, parseFen, sumFen } from '../../kernel/money.ts'
import { outpatientBill } from '../../sandbox/index.ts'
import type { ClaimAnswer, EntriesAnswer, SettlementInfo } from '../answers.ts'
import { expectPresent, expectSame } from '../expect.ts'
import type { SettledFact, Step, Story } from '../facts.ts'
import { readPath } from '../path.ts'

type Amounts = Partial<Record<keyof SettlementInfo, string>>

export const settleVisits: Step = {
  name: 'settle',
  title: 'Settle two visits of a Deyang employee: Deyang, then Chengdu',
  titleZh: '德阳职工门诊直接结算（德阳、成都）',
  async run(story) {
    const { api, facts } = story
    const personId = expectPresent('the person of the first step', facts.cards).deyang.personId

    const g9 = await settle(story, {
      label: 'G9',
      as: 'hospital-deyang',
      bill: outpatientBill(personId, '150.00', '0'),
      key: crypto.randomUUID(),
      // The whole bill falls under the deductible of the year.
      expected: {
        act_pay_dedc: '150.00',
        hifp_pay: '0.00',
        psn_part_amt: '150.00',
        acct_pay: '0.00',
        psn_cash_pay: '150.00',
      },
    })
    const bill = outpatientBill(personId, '300.00', '1')
    const key = crypto.randomUUID()
    const g10 = await settle(story, {
      label: 'G10',
      as: 'hospital-chengdu',
      bill,
      key,
      // 50.00 of the deductible are open; of the remaining 250.00 a hospital of level three gets 50 %.
      expected: {
        act_pay_dedc: '50.00',
        hifp_pay: '125.00',
        pool_prop_selfpay: '0.5000',
        psn_part_amt: '175.00',
        acct_pay: '175.00',
        psn_cash_pay: '0.00',
        balc: '2825.00',
        insuplc_admdvs: '510600',
        mdtrtarea_admvs: '510100',
      },
    })
    facts.settled = { g9, g10, g10Bill: bill, g10Key: key }
    await repeat(story)
    await api.call({
      as: 'hospital-chengdu',
      method: 'POST',
      path: '/settlement/claims',
      key,
      body: outpatientBill(personId, '301.00', '1'),
      statuses: [409],
    })
    facts.entries = await readBooks(story, g10.claimId)
    return {
      lines: [
        `G9  ${g9.institution}: 150.00, deductible 起付线 150.00, fund 统筹 ${g9.info.hifp_pay}, person 个人 ${g9.info.psn_part_amt}`,
        `G10 ${g10.institution}: 300.00, deductible 起付线 ${g10.info.act_pay_dedc}, fund 统筹 ${g10.info.hifp_pay}, person 个人 ${g10.info.psn_part_amt} (account 账户 ${g10.info.acct_pay})`,
        'repeated under the same key: the same answer, marked as replayed; another bill under it: 409',
      ],
      figures: { g9: pick(g9.info), g10: pick(g10.info), answeredInMs: [Math.round(g9.ms), Math.round(g10.ms)] },
    }
  },
}

/** How the bureaus of both cities find the settlement in their own books: each one sums to zero. */
async function readBooks({ api }: Story, claimId: string): Promise<readonly EntriesAnswer[]> {
  const books = []
  for (const as of ['bureau-deyang', 'bureau-chengdu']) {
    const { body } = await api.call<EntriesAnswer>({ as, path: `/settlement/claims/${claimId}/entries` })
    const entries = body.journals.flatMap((journal) => journal.entries)
    expectSame(`${as}: entries of both sides`, entries.length > 1, true)
    expectSame(`${as}: sum of the entries`, formatFen(sumFen(entries.map((one) => parseFen(one.amount)))), '0.00')
    books.push(body)
  }
  return books
}

/** The same request again must give the same answer, word for word. Used once more after the worker's death. */
export async function repeat({ api, facts }: Story): Promise<void> {
  const { g10, g10Bill, g10Key } = expectPresent('the settlements', facts.settled)
  const { body, headers, status } = await api.call<ClaimAnswer>({
    as: 'hospital-chengdu',
    method: 'POST',
    path: '/settlement/claims',
    key: g10Key,
    body: g10Bill,
  })
  expectSame('repeat: status', status, 201)
  expectSame('repeat: Idempotency-Replayed', headers.get('idempotency-replayed'), 'true')
  expectSame('repeat: claim', body.claim_id, g10.claimId)
  expectSame('repeat: settlement', body.setlinfo, g10.info)
}

async function settle(
  { api, book, facts, capture }: Story,
  ask: { label: string; as: string; bill: object; key: string; expected: Amounts },
): Promise<SettledFact> {
  const answer = await api.call<ClaimAnswer>({
    as: ask.as,
    method: 'POST',
    path: '/settlement/claims',
    key: ask.key,
    body: ask.bill,
  })
  expectSame(`${ask.label}: answered at once`, answer.status, 201)
  expectSame(`${ask.label}: state and reasons`, [answer.body.state, answer.body.reasons], ['settled', []])
  const info = expectPresent(`${ask.label}: settlement`, answer.body.setlinfo)
  const came = Object.fromEntries(Object.keys(ask.expected).map((name) => [name, info[name as keyof SettlementInfo]]))
  expectSame(`${ask.label}: amounts`, came, { ...ask.expected })
  book.write(info)
  facts.path = await readPath(capture, answer)
  return { label: ask.label, institution: info.fixmedins_code, claimId: answer.body.claim_id, info, ms: answer.ms }
}

const pick = ({ medfee_sumamt, act_pay_dedc, hifp_pay, psn_part_amt, acct_pay, psn_cash_pay }: SettlementInfo) => ({
  medfee_sumamt,
  act_pay_dedc,
  hifp_pay,
  psn_part_amt,
  acct_pay,
  psn_cash_pay,
})
