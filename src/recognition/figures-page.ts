import { escapeHtml, pagePolicy } from '../http/html-page.ts'
import { formatFen } from '../kernel/money.ts'
import type { Figures } from './figures.ts'

/** Colours by meaning; each text also says what its colour says. */
const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--page:#fff;--yes:#1a7f5a;--no:#b3541e;--none:#6e7781;--wait:#8a6d00}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#373e47;--page:#0f1419;--yes:#3fb98a;--no:#e08a4f;--none:#8b949e;--wait:#d0a92c}}
body{margin:0 auto;max-width:62rem;padding:1.5rem;font:16px/1.5 system-ui,"Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:var(--ink);background:var(--page)}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
small,.en{color:var(--soft);font-size:.8rem;display:block}
ul.head{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:.75rem;list-style:none;padding:0}
ul.head li{border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
ul.head b{font-size:1.5rem;display:block;font-variant-numeric:tabular-nums}
svg{width:100%;height:auto;display:block}svg text{fill:var(--ink);font-size:13px}svg .en{fill:var(--soft);font-size:11px}
.yes{fill:var(--yes)}.no{fill:var(--no)}.none{fill:var(--none)}.wait{fill:var(--wait)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left}td.n,th.n{text-align:right}
footer{margin-top:2rem;color:var(--soft);font-size:.8rem}
@media print{:root{--ink:#000;--soft:#444;--line:#bbb;--page:#fff}body{padding:0;max-width:none}h2,svg,tr{break-inside:avoid}}
`.replaceAll('\n', '')

export const PAGE_POLICY = pagePolicy(STYLE)

interface Bar {
  readonly zh: string
  readonly en: string
  readonly value: number
  readonly shown: string
  readonly kind: 'yes' | 'no' | 'none' | 'wait'
}

/** One month of an institution as a page with charts, drawn here as SVG: Chinese first, English below. */
export function renderFigures(figures: Figures): string {
  const { name, institution, month } = figures
  const outcomes: readonly Bar[] = [
    bar('已互认', 'Recognised', figures.recognised, 'yes'),
    bar('未互认（计入互认率）', 'Not recognised, in the rate', figures.notRecognised, 'no'),
    bar('未互认（不计入）', 'Not recognised, not countable', figures.notCountable, 'none'),
    bar('待定', 'Pending', figures.pending, 'wait'),
    bar('待补原因', 'Reason still owed', figures.open, 'wait'),
    bar('报告更正后待复核', 'Opened again by a correction', figures.reopened, 'wait'),
    bar('不符合互认条件', 'Not eligible', figures.notEligible, 'none'),
  ]
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>检查检验结果互认月报 ${escapeHtml(month)}</title><style>${STYLE}</style></head><body>
<h1>检查检验结果互认月报 ${escapeHtml(month)}</h1>
<p>${escapeHtml(name ?? institution)}（${escapeHtml(institution)}）<span class="en">Mutual recognition of results, monthly figures</span></p>
<ul class="head">
${headline('互认率', 'Recognition rate', percent(figures.rateBasisPoints))}
${headline('已互认', 'Recognised', String(figures.recognised))}
${headline('未互认', 'Not recognised', String(figures.notRecognised))}
${headline('节约金额（元）', 'Amount saved, CNY', formatFen(figures.savedFen))}
${headline('本院结果被他院使用', 'Own results decided on elsewhere', String(figures.shared))}
${headline('其中被互认', 'of these recognised', String(figures.sharedAccepted))}
${headline('07、08 占比', 'Share of reasons 07 and 08', percent(figures.ownJudgementBasisPoints))}
${headline('无互认判定的重复检查', 'Repeats without a decision', String(figures.repeatedWithoutDecision))}
</ul>
${chart('判定结果', 'Outcomes', outcomes)}
${chart(
  '重复检查原因',
  'Reasons for repeating',
  figures.reasons.map((one) => shareBar(one, 'no')),
)}
${chart(
  '不符合互认条件的原因',
  'Why results were not eligible or are pending',
  figures.eligibility.map((one) => shareBar(one, 'none')),
)}
${chart(
  '各科室互认率',
  'Recognition rate by department',
  figures.departments
    .filter((one) => one.rateBasisPoints !== null)
    .map((one) => ({
      zh: one.department ?? '未注明科室',
      en: one.department === null ? 'department not given' : '',
      value: one.rateBasisPoints ?? 0,
      shown: `${percent(one.rateBasisPoints)}（${one.recognised}/${one.recognised + one.notRecognised}）`,
      kind: 'yes' as const,
    })),
)}
<h2>各项目<span class="en">By item</span></h2>
<table><thead><tr><th>项目<span class="en">Item</span></th><th class="n">已互认<span class="en">Recognised</span></th><th class="n">未互认<span class="en">Not recognised</span></th><th class="n">互认率<span class="en">Rate</span></th><th class="n">节约金额<span class="en">Saved</span></th></tr></thead><tbody>
${figures.items.map(itemRow).join('\n')}
</tbody></table>
<footer>互认率 = 已互认 ÷（已互认 + 计入的未互认）。${figures.unpriced > 0 ? `另有 ${figures.unpriced} 项已互认结果无本院价格，未计入节约金额。` : ''}
<span class="en">Rate = recognised / (recognised + countable not recognised).${figures.unpriced > 0 ? ` ${figures.unpriced} recognised results have no price here and are not in the amount saved.` : ''}</span></footer>
</body></html>
`
}

const bar = (zh: string, en: string, value: number, kind: Bar['kind']): Bar => ({
  zh,
  en,
  value,
  shown: String(value),
  kind,
})

const shareBar = (
  one: {
    readonly code: string
    readonly zh: string
    readonly en: string
    readonly count: number
    readonly shareBasisPoints: number
  },
  kind: Bar['kind'],
): Bar => ({
  zh: `${one.code} ${one.zh}`,
  en: one.en,
  value: one.count,
  shown: `${one.count}（${percent(one.shareBasisPoints)}）`,
  kind,
})

const headline = (zh: string, en: string, value: string): string =>
  `<li>${escapeHtml(zh)}<b>${escapeHtml(value)}</b><span class="en">${escapeHtml(en)}</span></li>`

const WIDTH = 900
const ROW = 44
const BAR_LEFT = 400
const BAR_WIDTH = 380

function chart(zh: string, en: string, bars: readonly Bar[]): string {
  const title = `<h2>${escapeHtml(zh)}<span class="en">${escapeHtml(en)}</span></h2>`
  const shown = bars.filter((one) => one.value > 0)
  if (shown.length === 0) return `${title}<p>本月无数据<span class="en">Nothing this month</span></p>`
  const most = Math.max(...shown.map((one) => one.value))
  const rows = shown.map((one, index) => {
    const top = index * ROW
    const width = Math.max(2, Math.round((one.value * BAR_WIDTH) / most))
    return `<g><text x="0" y="${top + 17}">${escapeHtml(shorten(one.zh, 28))}</text><text class="en" x="0" y="${top + 33}">${escapeHtml(shorten(one.en, 62))}</text><rect class="${one.kind}" x="${BAR_LEFT}" y="${top + 8}" width="${width}" height="18" rx="3"/><text x="${BAR_LEFT + width + 8}" y="${top + 22}">${escapeHtml(one.shown)}</text></g>`
  })
  const label = shown.map((one) => `${one.zh} ${one.shown}`).join('；')
  return `${title}<svg viewBox="0 0 ${WIDTH} ${shown.length * ROW}" role="img" aria-label="${escapeHtml(label)}">${rows.join('')}</svg>`
}

function itemRow(one: Figures['items'][number]): string {
  const label = one.item === null ? '未对照项目' : `${one.name ?? ''} ${one.item}`
  return `<tr><td>${escapeHtml(label)}</td><td class="n">${one.recognised}</td><td class="n">${one.notRecognised}</td><td class="n">${percent(one.rateBasisPoints)}</td><td class="n">${formatFen(one.savedFen)}</td></tr>`
}

function percent(basisPoints: number | null): string {
  if (basisPoints === null) return '–'
  return `${Math.trunc(basisPoints / 100)}.${String(basisPoints % 100).padStart(2, '0')}%`
}

const shorten = (text: string, most: number): string =>
  Array.from(text).length > most
    ? `${Array.from(text)
        .slice(0, most - 1)
        .join('')}…`
    : text
