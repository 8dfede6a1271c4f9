import { type Fen, formatFen, parseFen, subFen, sumFen } from '../../kernel/money.ts'
import type { Facts, PathFact, SettledFact } from '../facts.ts'
import { cityName } from '../names.ts'
import { type Html, html, ms, section } from './html.ts'

export function drawPath({ path }: Facts): Html | undefined {
  if (path === undefined) return undefined
  return section(
    'The way of one settlement',
    '一次结算的路径',
    'The API commits the claim and puts a wake-up on the queue; the worker computes, posts the journal and stores the answer in one transaction; the API hands it to the waiting hospital. Measured on the second visit; the worker’s time includes marking its wake-up as done, after the answer.',
    drawLanes(path),
  )
}

const LEFT = 210
const RIGHT = 930
const LANE = 46

function drawLanes(path: PathFact): Html {
  // The client's clock runs apart: what it saw beyond the API's time is split evenly before and after.
  const before = Math.max(0, path.clientMs - path.apiMs) / 2
  const end = Math.max(path.clientMs, before + path.jobStartMs + path.jobMs)
  const x = (at: number): number => LEFT + (at / end) * (RIGHT - LEFT)
  const lanes = [
    { name: 'Hospital HIS', zh: '医院', from: 0, length: path.clientMs, colour: 'var(--bar)' },
    { name: 'API', zh: '接口', from: before, length: path.apiMs, colour: 'var(--acct)' },
    { name: 'Outbox and queue', zh: '队列', from: before, length: path.jobStartMs, colour: 'var(--cash)' },
    {
      name: 'Worker and ledger',
      zh: '结算与记账',
      from: before + path.jobStartMs,
      length: path.jobMs,
      colour: 'var(--fund)',
    },
  ]
  const height = lanes.length * LANE + 34
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    (
      part,
    ) => html`<line class="grid-line" x1="${x(part * end).toFixed(1)}" x2="${x(part * end).toFixed(1)}" y1="8" y2="${height - 26}"/>
<text class="t" x="${x(part * end).toFixed(1)}" y="${height - 8}" text-anchor="middle">${(part * end).toFixed(end < 40 ? 1 : 0)}</text>`,
  )
  const bars = lanes.map((lane, index) => {
    const y = index * LANE + 12
    const width = Math.max(3, x(lane.from + lane.length) - x(lane.from))
    return html`<text x="0" y="${y + 20}">${lane.name}</text><text class="t" x="128" y="${y + 20}">${lane.zh}</text>
<rect x="${x(lane.from).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="30" rx="6" fill="${lane.colour}"/>
<text x="${(x(lane.from) + width + 8).toFixed(1)}" y="${y + 20}">${ms(lane.length)}</text>`
  })
  return html`<svg viewBox="0 0 1010 ${height}" role="img" aria-label="Milliseconds of one settlement in the hospital, the API, the queue and the worker">${marks}${bars}
<text class="t" x="${RIGHT + 34}" y="${height - 8}">ms</text></svg>`
}

interface Share {
  readonly name: string
  readonly amount: Fen
  readonly colour: string
}

export function drawSplit({ settled, reversal }: Facts): Html | undefined {
  if (settled === undefined) return undefined
  const overpaid = reversal?.flagged.needs_resettle?.overpaid_amt
  return section(
    'The split of the bill',
    '费用分担',
    'One employee insured in Deyang, two visits in two cities. The place of treatment decides what is in scope, the insured city what is paid; the deductible used in Deyang counts in Chengdu. Policy figures are unverified samples.',
    html`<div class="two">${drawBill(settled.g9, 'First visit 首诊')}${drawBill(settled.g10, 'Second visit 次诊')}</div>
${
  reversal === undefined || overpaid === undefined
    ? undefined
    : html`<h3>Then the first visit was taken back <span class="soft" lang="zh">首诊冲正</span></h3>
<div class="chain"><div class="bad"><b>${reversal.info.medfee_sumamt}</b><span>G9 reversed whole, once <span lang="zh">全额冲正</span></span></div>
<div><b>${settled.g10.info.hifp_pay}</b><span>fund share of G10, as settled <span lang="zh">已付统筹</span></span></div>
<div><b>${formatFen(subFen(parseFen(settled.g10.info.hifp_pay), parseFen(overpaid)))}</b><span>due with the whole deductible open again <span lang="zh">应付统筹</span></span></div>
<div class="bad"><b>${overpaid}</b><span>difference, flagged on G10 for settling again <span lang="zh">需重新结算</span></span></div></div>`
}`,
  )
}

function drawBill({ info, label, institution, ms: took }: SettledFact, title: string): Html {
  const deductible = parseFen(info.act_pay_dedc)
  const fund = parseFen(info.fund_pay_sumamt)
  const account = parseFen(info.acct_pay)
  const cash = parseFen(info.psn_cash_pay)
  const rule: readonly Share[] = [
    { name: 'deductible 起付线', amount: deductible, colour: 'c-dedc' },
    { name: 'own share 个人比例', amount: subFen(parseFen(info.psn_part_amt), deductible), colour: 'c-copay' },
    { name: 'fund share 统筹比例', amount: fund, colour: 'c-fund' },
  ]
  const payers: readonly Share[] = [
    { name: 'fund 统筹基金', amount: fund, colour: 'c-fund' },
    { name: 'account 个人账户', amount: account, colour: 'c-acct' },
    { name: 'cash 现金', amount: cash, colour: 'c-cash' },
  ]
  return html`<div><h3>${title}: ${info.medfee_sumamt} <span class="soft">${label}, ${cityName(info.mdtrtarea_admvs)}</span></h3>
<span class="mono soft">${institution}</span> <span class="soft">answered in ${ms(took)}</span>
<div class="rowname">by the rules <span lang="zh">按政策</span></div>${drawBar(rule)}
<div class="rowname">who pays <span lang="zh">谁支付</span></div>${drawBar(payers)}</div>`
}

function drawBar(shares: readonly Share[]): Html {
  const whole = sumFen(shares.map((one) => one.amount))
  const parts = shares.filter((one) => one.amount > 0n)
  // A share's width only; the amounts beside it are exact.
  const percent = (amount: Fen): string => ((Number(amount) / Number(whole)) * 100).toFixed(3)
  return html`<div class="split">${parts.map((one) => html`<i class="${one.colour}" style="flex-basis:${percent(one.amount)}%">${formatFen(one.amount)}</i>`)}</div>
<div class="legend">${shares.map((one) => html`<span><i class="${one.colour}"></i>${one.name} ${formatFen(one.amount)}</span>`)}</div>`
}

export function drawLedger({ entries }: Facts): Html | undefined {
  if (entries === undefined) return undefined
  const books = entries.map(({ book, journals }) => {
    const rows = journals.flatMap((journal) => journal.entries)
    const amounts = rows.map((one) => parseFen(one.amount))
    const debit = sumFen(amounts.filter((one) => one > 0n))
    const credit = sumFen(amounts.filter((one) => one < 0n))
    return html`<div><h3>Book of ${cityName(book)}</h3><div class="scroll"><table>
<thead><tr><th>account <span lang="zh">科目</span></th><th class="num">debit <span lang="zh">借</span></th><th class="num">credit <span lang="zh">贷</span></th></tr></thead>
<tbody>${rows.map((one) => {
      const amount = parseFen(one.amount)
      return html`<tr><td class="mono">${one.account}</td><td class="num">${amount > 0n ? formatFen(amount) : ''}</td><td class="num">${amount < 0n ? one.amount.slice(1) : ''}</td></tr>`
    })}</tbody>
<tfoot><tr><td>sum ${formatFen(sumFen(amounts))}</td><td class="num">${formatFen(debit)}</td><td class="num">${formatFen(credit).replace('-', '')}</td></tr></tfoot></table></div></div>`
  })
  return section(
    'The ledger entries of the second visit',
    '记账分录',
    'Read by the bureaus of both cities, each from its own book. Each book balances by itself; what Deyang owes is what Chengdu claims.',
    html`<div class="two">${books}</div>`,
  )
}
