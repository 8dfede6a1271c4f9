import { systemClock, ZONE } from '../../kernel/time.ts'
import type { Story, ToldStep } from '../facts.ts'
import { drawDecisions, drawPharmacies, drawRecords, drawVerdicts } from './draw-care.ts'
import { drawBurst, drawPositions, drawReconciliation, drawTrust } from './draw-proofs.ts'
import { drawLedger, drawPath, drawSplit } from './draw-settlement.ts'
import { drawHead, drawSteps, type Times } from './draw-steps.ts'
import { html, trusted } from './html.ts'
import { STYLE } from './style.ts'

/** One self-contained page: no script, nothing fetched. Of a story that broke it shows what there was until then. */
export function renderReport(story: Story, told: readonly ToldStep[], times: Times & { planned: number }): string {
  const { facts } = story
  const at = systemClock.now().toLocaleString('sv-SE', { timeZone: ZONE })
  const drawn = [
    drawHead(story, told, { ...times, at }),
    drawSteps(told, times.planned),
    drawVerdicts(facts),
    drawRecords(facts),
    drawDecisions(facts),
    drawPath(facts),
    drawSplit(facts),
    drawLedger(facts),
    drawBurst(facts),
    drawPharmacies(facts),
    drawReconciliation(facts),
    drawPositions(facts),
    drawTrust(facts),
  ].filter((one) => one !== undefined)
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark"><title>Yimatong 一码通: the main job, measured</title>
<style>${trusted(STYLE)}</style></head><body><main>
${drawn}
<footer>Synthetic people and institutions; policy figures are unverified samples. <span lang="zh">人员、机构均为合成数据；待遇参数为未经核实的示例。</span></footer>
</main></body></html>
`.markup
}
