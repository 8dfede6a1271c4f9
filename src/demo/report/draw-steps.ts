import type { Story, ToldStep } from '../facts.ts'
import { type Html, html, ms, section } from './html.ts'

export interface Times {
  readonly startMs: number
  readonly totalMs: number
}

export function drawHead(
  story: Story,
  told: readonly ToldStep[],
  times: Times & { at: string; planned: number },
): Html {
  const held = told.filter((one) => one.ok).length
  const ok = held === times.planned
  const { facts, stack } = story
  const { burst, privacy } = facts
  return html`<header><div>
<h1>Yimatong<span lang="zh">一码通 · 成德眉资</span></h1>
<p>One code, shared records, settlement on the spot across Chengdu, Deyang, Meishan and Ziyang: the main job as it ran at ${times.at}, through the public API. <span lang="zh">主业务流程实测报告，全部数据均为合成。</span></p>
</div><span class="pill big ${ok ? 'good' : 'bad'}">${ok ? '✓ every step held 全部成立' : '✗ a step did not hold 有步骤不成立'}</span></header>
<div class="facts">
<div><b>${held} / ${times.planned}</b><span>steps held <span lang="zh">步骤成立</span></span></div>
<div><b>${(times.totalMs / 1000).toFixed(1)} s</b><span>in all, ${(times.startMs / 1000).toFixed(1)} s of it the start <span lang="zh">总用时</span></span></div>
<div><b>${2 + stack.hospitals.length}</b><span>processes beside PostgreSQL, queue on ${stack.redisUrl === undefined ? 'PostgreSQL' : 'Redis'} <span lang="zh">独立进程</span></span></div>
${burst === undefined ? undefined : html`<div><b>0 / 0</b><span>lost and doubled of ${burst.claims} settlements with a killed worker <span lang="zh">丢失/重复</span></span></div>`}
${privacy === undefined ? undefined : html`<div><b>0</b><span>of ${privacy.secrets} personal facts in logs, addresses, jobs, codes <span lang="zh">泄露</span></span></div>`}
</div>`
}

export function drawSteps(told: readonly ToldStep[], planned: number): Html {
  const most = Math.max(1, ...told.map((one) => one.ms))
  const rows = told.map(
    (one, index) => html`<tr class="${one.ok ? '' : 'failed'}"><td class="num soft">${index + 1}</td>
<td>${one.title}<br><span class="soft" lang="zh">${one.titleZh}</span></td>
<td><div class="track"><i style="width:${((one.ms / most) * 100).toFixed(1)}%"></i></div></td>
<td class="num">${ms(one.ms)}</td><td><span class="pill ${one.ok ? 'good' : 'bad'}">${one.ok ? 'held 成立' : 'broken 不成立'}</span></td></tr>`,
  )
  const broken = told.find((one) => !one.ok)
  const untold = planned - told.length
  return section(
    'The story, step by step',
    '步骤',
    'Each step is a test: an answer that differs from the expected one ends the demo with a failure. Two steps wait on purpose: a card must expire, a hanging hospital must run into the deadline.',
    html`<div class="scroll"><table class="steps"><tbody>${rows}</tbody></table></div>
${broken === undefined ? undefined : html`<pre>${broken.lines.join('\n')}</pre>`}
${untold > 0 ? html`<p class="soft">${untold} later steps were not told.</p>` : undefined}`,
  )
}
