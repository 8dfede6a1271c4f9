import { escapeHtml, pagePolicy } from '../../http/html-page.ts'
import { formatFen } from '../../kernel/money.ts'
import { careName, cityName, insuranceName, localMinute } from './texts.ts'
import type { Slip, SlipPart } from './types.ts'

/** One sheet of A5; black on white, since it is printed at a counter. */
const STYLE = `
@page{size:A5;margin:10mm}
body{margin:0 auto;max-width:34rem;padding:1rem;font:14px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#111;background:#fff}
h1{font-size:1.2rem;margin:0 0 .5rem;text-align:center}
dl{display:grid;grid-template-columns:auto 1fr auto 1fr;gap:.1rem .6rem;margin:0 0 .6rem}dt{color:#555}dd{margin:0;overflow-wrap:anywhere}
.notice{border:1px solid #8a4b00;padding:.3rem .6rem;margin:0 0 .4rem}
table{border-collapse:collapse;width:100%;margin:0 0 .8rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:bold;padding:.2rem 0}
th,td{border-bottom:1px solid #bbb;padding:.2rem .3rem;text-align:left;vertical-align:top}
thead th{border-bottom:2px solid #111}th.n,td.n{text-align:right}.n,.w{white-space:nowrap}tbody th{min-width:5em}
tfoot th,tfoot td{border-top:2px solid #111;font-weight:bold}
ul{margin:.1rem 0;padding-left:1.1rem}small{color:#555}
tr{break-inside:avoid}
@media print{body{padding:0;max-width:none;font-size:11px}}
`.replaceAll('\n', '')

export const SLIP_POLICY = pagePolicy(STYLE)

const BEARERS = { fund: '基金', person: '个人', hospital: '医疗机构' } as const

/** A slip as a page in Chinese. Whatever it did not write itself is escaped. */
export function renderSlip(slip: Slip): string {
  const facts: readonly (readonly [string, string])[] = [
    ['姓名', slip.name],
    ['结算时间', localMinute(slip.setlTime)],
    ['医药机构', `${slip.institutionName}（${slip.institution}）`],
    ['就医地', cityName(slip.treatmentCity)],
    ['参保地', cityName(slip.insuredCity)],
    ['险种', insuranceName(slip.insutype)],
    ['医疗类别', careName(slip.medType)],
    ['结算编号', slip.setlId],
  ]
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escapeHtml(slip.title)}</title><style>${STYLE}</style></head><body>
<main><h1>${escapeHtml(slip.title)}</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>
${slip.notices.map((one) => `<p class="notice" role="note">${escapeHtml(one)}</p>`).join('\n')}
<table><caption>费用构成：总费用 ${formatFen(slip.medfee)} 元，每一分钱只列一次</caption>
<thead><tr><th scope="col">项目</th><th scope="col" class="w">负担方</th><th scope="col">说明</th><th scope="col" class="n">金额（元）</th></tr></thead>
<tbody>
${slip.parts.map(partRow).join('\n')}
</tbody>
<tfoot><tr><th scope="row" colspan="3">总费用</th><td class="n">${formatFen(slip.medfee)}</td></tr>
<tr><th scope="row" colspan="3">其中基金支付</th><td class="n">${formatFen(slip.fundPay)}</td></tr>
<tr><th scope="row" colspan="3">其中个人负担</th><td class="n">${formatFen(slip.psnPart)}</td></tr></tfoot></table>
<table><caption>个人负担的支付方式</caption>
<thead><tr><th scope="col">方式</th><th scope="col">说明</th><th scope="col" class="n">金额（元）</th></tr></thead>
<tbody>
${slip.payments
  .map(
    (one) =>
      `<tr><th scope="row">${escapeHtml(one.label)}</th><td>${escapeHtml(one.why)}</td><td class="n">${formatFen(one.amount)}</td></tr>`,
  )
  .join('\n')}
</tbody>
<tfoot><tr><th scope="row" colspan="2">个人负担合计</th><td class="n">${formatFen(slip.psnPart)}</td></tr></tfoot></table>
<p><small>执行就医地目录、参保地待遇。对金额有疑问的，可向医药机构或参保地医保经办机构查询。</small></p>
</main></body></html>
`
}

const partRow = (part: SlipPart): string =>
  `<tr><th scope="row">${escapeHtml(part.label)}</th><td class="w">${BEARERS[part.bearer]}</td><td>${part.why.map(escapeHtml).join('<br>')}${itemList(part)}</td><td class="n">${formatFen(part.amount)}</td></tr>`

const itemList = ({ items }: SlipPart): string =>
  items.length === 0
    ? ''
    : `<ul>${items
        .map(
          (item) =>
            `<li>第 ${item.line} 项 ${escapeHtml(item.name)}：${formatFen(item.amount)} 元<br><small>${escapeHtml(item.why)}</small></li>`,
        )
        .join('')}</ul>`
