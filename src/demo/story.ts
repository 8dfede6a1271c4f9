import { StoryBroken } from './expect.ts'
import type { Step, Story, ToldStep } from './facts.ts'
import { askConsent } from './steps/ask-consent.ts'
import { askPharmacies } from './steps/ask-pharmacies.ts'
import { findRecords } from './steps/find-records.ts'
import { issueCards } from './steps/issue-cards.ts'
import { keepSecrets } from './steps/keep-secrets.ts'
import { killWorker } from './steps/kill-worker.ts'
import { netCities } from './steps/net-cities.ts'
import { proveLedger } from './steps/prove-ledger.ts'
import { recogniseResults } from './steps/recognise-results.ts'
import { reconcileDay } from './steps/reconcile-day.ts'
import { remindOrder } from './steps/remind-order.ts'
import { reverseVisit } from './steps/reverse-visit.ts'
import { routeMessage } from './steps/route-message.ts'
import { settleStay } from './steps/settle-stay.ts'
import { settleVisits } from './steps/settle-visits.ts'
import { verifyAudit } from './steps/verify-audit.ts'
import { verifyCards } from './steps/verify-cards.ts'

/** The story, in order. */
export const steps: readonly Step[] = [
  issueCards,
  verifyCards,
  findRecords,
  askConsent,
  remindOrder,
  recogniseResults,
  routeMessage,
  settleVisits,
  settleStay,
  killWorker,
  askPharmacies,
  reverseVisit,
  reconcileDay,
  netCities,
  proveLedger,
  verifyAudit,
  keepSecrets,
]

/** Tells the steps until one does not hold: the later ones rest on it. `tell` hears of each when it is over. */
export async function tellStory(
  planned: readonly Step[],
  story: Story,
  tell: (step: ToldStep, number: number) => void,
): Promise<readonly ToldStep[]> {
  const told: ToldStep[] = []
  for (const step of planned) {
    const { name, title, titleZh } = step
    const started = performance.now()
    const over = (ok: boolean, lines: readonly string[], figures: ToldStep['figures']): void => {
      const one = { name, title, titleZh, ok, ms: Math.round(performance.now() - started), lines, figures }
      told.push(one)
      tell(one, told.length)
    }
    try {
      const { lines, figures } = await step.run(story)
      over(true, lines, figures)
    } catch (error) {
      over(false, explain(error), { failed: error instanceof Error ? error.message : String(error) })
      return told
    }
  }
  return told
}

function explain(error: unknown): readonly string[] {
  if (error instanceof StoryBroken) {
    return [error.message, `expected: ${show(error.expected)}`, `came:     ${show(error.came)}`]
  }
  return (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n')
}

const show = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)))
