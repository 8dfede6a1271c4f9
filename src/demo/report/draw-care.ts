import type { Facts } from '../facts.ts'
import { type Html, html, ms, section } from './html.ts'

export function drawVerdicts({ verdicts }: Facts): Html | undefined {
  if (verdicts === undefined) return undefined
  const tiles = verdicts.map(
    (one) => html`<div class="tile ${one.verdict === 'accepted' ? '' : 'no'}">
<h4>${one.shown} <span class="soft" lang="zh">${one.shownZh}</span></h4>
<span class="pill ${one.verdict === 'accepted' ? 'good' : 'bad'}">${one.verdict === 'accepted' ? 'accepted 通过' : 'refused 拒绝'}</span>
${one.reasons.map((reason) => html`<p><span class="mono">${reason.code}</span><br>${reason.en} <span lang="zh">${reason.zh}</span></p>`)}
${one.holder === undefined ? undefined : html`<p>holder <span lang="zh">持卡人</span> ${one.holder}</p>`}
<p>${ms(one.ms)}</p></div>`,
  )
  return section(
    'Cards shown at a hospital in Deyang',
    '德阳医院核验',
    'Signature, end, status and use are checked in memory. A refusal names every reason and says nothing about the holder.',
    html`<div class="grid">${tiles}</div>`,
  )
}

export function drawRecords({ records }: Facts): Html | undefined {
  if (records === undefined) return undefined
  const most = Math.max(1, ...records.sources.map((one) => one.found))
  const rows = records.sources.map(
    (
      one,
    ) => html`<tr class="${one.outcome === undefined ? '' : 'failed'}"><td>${one.name}<br><span class="mono soft">${one.code}</span></td>
<td style="width:36%"><div class="track"><i style="width:${one.outcome === undefined ? ((one.found / most) * 100).toFixed(1) : '100'}%"></i></div></td>
<td class="num">${one.outcome === undefined ? html`${one.found} reports <span lang="zh">份</span>` : html`<span class="pill bad">${one.outcome.severity} · ${one.outcome.code}</span>`}</td></tr>
${one.outcome === undefined ? undefined : html`<tr><td colspan="3" class="soft">OperationOutcome: ${one.outcome.text}</td></tr>`}`,
  )
  return section(
    'Laboratory reports of one patient, four hospitals asked',
    '检验报告跨院调阅',
    `One hospital was made to hang. The other three arrived in the same answer after ${ms(records.ms)}, within the deadline, and the missing one is named in it. With all four well the same search took ${ms(records.healthyMs)}.`,
    html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`,
  )
}

export function drawDecisions({ decisions }: Facts): Html | undefined {
  if (decisions === undefined) return undefined
  const look = { recognised: ['', 'good', '互认'], 'not-recognised': ['no', 'bad', '不互认'] }
  const tiles = decisions.items.map((one) => {
    const [tile, pill, zh] = look[one.outcome as keyof typeof look] ?? ['wait', 'warn', '不适用互认']
    return html`<div class="tile ${tile}"><h4>${one.item}</h4>
<span class="pill ${pill}">${one.outcome} ${zh}</span><p>${one.value}</p>
${one.mark === undefined ? undefined : html`<p>mark <span lang="zh">标识</span> ${one.mark}, until ${one.validUntil}</p>`}
${one.reasons.map((reason) => html`<p><span class="mono">${reason.code}</span> ${reason.en} <span lang="zh">${reason.zh}</span></p>`)}</div>`
  })
  return section(
    'Recognised in Deyang or not',
    '检验结果互认',
    `Results of ${decisions.issuer}, fetched from there by the hub itself. The catalogue decides what may be recognised; the physician may test again, with a coded reason.`,
    html`<div class="grid">${tiles}</div>`,
  )
}

export function drawPharmacies({ pharmacies }: Facts): Html | undefined {
  if (pharmacies === undefined) return undefined
  const tiles = pharmacies.map(
    (
      one,
    ) => html`<div class="tile ${one.recognised ? '' : 'no'}"><h4>${one.name}</h4><span class="mono soft">${one.code}</span><br>
<span class="pill ${one.recognised ? 'good' : 'bad'}">${one.recognised ? 'recognised 互认' : 'not recognised 不互认'}</span>
${one.reasons.map((reason) => html`<p>${reason.en} <span lang="zh">${reason.zh}</span></p>`)}</div>`,
  )
  return section(
    'Pharmacies in Meishan, asked for a person insured in Deyang',
    '药店双定互认',
    'A pharmacy learns before it sells whether the customer’s city will pay, and if not, why.',
    html`<div class="grid">${tiles}</div>`,
  )
}
