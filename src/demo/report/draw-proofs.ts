import { formatFen, parseFen, sumFen } from '../../kernel/money.ts'
import type { PositionsAnswer } from '../answers.ts'
import type { Facts } from '../facts.ts'
import { cityName } from '../names.ts'
import { type Html, html, ms, section } from './html.ts'

export function drawBurst({ burst }: Facts): Html | undefined {
  if (burst === undefined) return undefined
  return section(
    'The worker is killed in the middle',
    '强制终止工作进程',
    'Claims are rows, jobs only wake somebody up. What the dead worker left open the next one settles, once.',
    html`<div class="chain"><div><b>${burst.claims}</b><span>claims sent by four hospitals <span lang="zh">笔结算申请</span></span></div>
<div class="bad"><b>kill -9</b><span>after ${burst.killedAfter} answers <span lang="zh">强制终止</span></span></div>
<div><b>${burst.pendingAfterKill}</b><span>accepted and told to ask again (202) <span lang="zh">待结算</span></span></div>
<div><b>${ms(burst.restartMs)}</b><span>until another worker was ready <span lang="zh">重启</span></span></div>
<div class="good"><b>${burst.settled}</b><span>settled; counts and sums of all hospitals agree <span lang="zh">全部结算</span></span></div>
<div class="good"><b>${burst.replayed}</b><span>repeats, each the same answer again <span lang="zh">重发结果一致</span></span></div></div>`,
  )
}

export function drawReconciliation({ reconciliation }: Facts): Html | undefined {
  if (reconciliation === undefined) return undefined
  const { planted, rows } = reconciliation
  const group = planted.groups[0]
  const found = planted.differences.map(
    (one) => html`<tr><td><span class="pill bad">${one.class}</span></td><td class="mono">${one.setl_id}</td>
<td class="num">${one.sent?.fund_pay_sumamt ?? '–'}</td><td class="num">${one.center?.fund_pay_sumamt ?? '–'}</td>
<td class="num">${one.sent?.medfee_sumamt ?? '–'}</td><td class="num">${one.center?.medfee_sumamt ?? '–'}</td><td>${one.next_step}</td></tr>`,
  )
  return section(
    'The day of the Chengdu hospital, compared',
    '日对账差异',
    `${rows} rows of the hospital’s own book against the centre. Two faults were planted: a fund amount ten yuan too high, and a forgotten settlement. Exactly these two were found; without them the day is equal.`,
    html`<div class="scroll"><table><thead><tr><th>class <span lang="zh">差异类型</span></th><th>settlement <span lang="zh">结算ID</span></th>
<th class="num">fund sent</th><th class="num">fund, centre</th><th class="num">fee sent</th><th class="num">fee, centre</th><th>next step <span lang="zh">处理</span></th></tr></thead><tbody>${found}</tbody></table></div>
${
  group === undefined
    ? undefined
    : html`<p class="soft">Day totals, sent − centre: fee ${group.difference.medfee_sumamt}, fund ${group.difference.fund_pay_sumamt}, account ${group.difference.acct_pay}, settlements ${group.difference.fixmedins_setl_cnt}.</p>`
}`,
  )
}

export function drawPositions({ positions }: Facts): Html | undefined {
  if (positions === undefined) return undefined
  const { cities } = positions
  const gross = new Map(positions.pairs.map((one) => [`${one.payer}/${one.payee}`, one.gross_amt]))
  const matrix = cities.map(
    (payer) =>
      html`<tr><td>${cityName(payer.city)}</td>${cities.map(
        (payee) =>
          html`<td class="num">${payer.city === payee.city ? '·' : (gross.get(`${payer.city}/${payee.city}`) ?? '')}</td>`,
      )}</tr>`,
  )
  return section(
    'Positions of the four cities',
    '四市清算头寸',
    `Month ${positions.month}, net of reversals, from running counters. Checked against the hospitals’ own books, pair by pair.`,
    html`${drawBars(cities)}
<h3>Who owes whom <span class="soft" lang="zh">参保地（行）应付就医地（列）</span></h3>
<div class="scroll"><table><thead><tr><th>payer <span lang="zh">参保地</span></th>${cities.map((one) => html`<th class="num">${cityName(one.city)}</th>`)}</tr></thead><tbody>${matrix}</tbody></table></div>`,
  )
}

function drawBars(cities: PositionsAnswer['cities']): Html {
  const middle = 520
  const half = 300
  const nets = cities.map((one) => parseFen(one.net_amt))
  const most = Math.max(1, ...nets.map((net) => Math.abs(Number(net))))
  const rows = cities.map(({ city, net_amt }, index) => {
    const net = nets[index] ?? 0n
    const width = (Math.abs(Number(net)) / most) * half
    const y = index * 42 + 8
    const left = net < 0n
    return html`<text x="0" y="${y + 20}">${cityName(city)}</text>
<rect x="${(left ? middle - width : middle).toFixed(1)}" y="${y}" width="${Math.max(2, width).toFixed(1)}" height="28" rx="5" fill="${left ? 'var(--cash)' : 'var(--fund)'}"/>
<text x="${(left ? middle - width - 10 : middle + width + 10).toFixed(1)}" y="${y + 20}" text-anchor="${left ? 'end' : 'start'}">${net_amt}</text>`
  })
  const height = cities.length * 42 + 40
  return html`<svg viewBox="0 0 1000 ${height}" role="img" aria-label="Net position of each city">
<line class="grid-line" x1="${middle}" x2="${middle}" y1="0" y2="${height - 36}"/>${rows}
<text class="t" x="${middle - 14}" y="${height - 10}" text-anchor="end">pays 应付</text><text class="t" x="${middle + 14}" y="${height - 10}">receives 应收</text>
<text x="1000" y="${height - 10}" text-anchor="end">sum 合计 ${formatFen(sumFen(nets))}</text></svg>`
}

export function drawTrust({ audit, privacy }: Facts): Html | undefined {
  if (audit === undefined && privacy === undefined) return undefined
  const rows = (privacy?.places ?? []).map(
    (one) =>
      html`<tr><td>${one.place}</td><td class="num">${one.looked} ${one.unit}</td><td class="num"><span class="pill good">0 found</span></td></tr>`,
  )
  return section(
    'What can be proved afterwards',
    '审计与隐私',
    'Every read of a person’s data left an event in a hash chain; no identity number, name or phone number left the encrypted columns.',
    html`${audit === undefined ? undefined : html`<p class="mono">${audit}</p>`}
${privacy === undefined ? undefined : html`<div class="scroll"><table><thead><tr><th>where <span lang="zh">位置</span></th><th class="num">looked at <span lang="zh">检查数量</span></th><th class="num">of ${privacy.secrets} personal facts</th></tr></thead><tbody>${rows}</tbody></table></div>`}`,
  )
}
