import { localDate } from '../kernel/time.ts'
import { type Figures, figuresOf } from './figures.ts'
import { countMonth, countRepeats, countShared } from './figures-store.ts'
import type { RecognitionDeps } from './judge-results.ts'

/** One institution's month, as it is now: an emergency item that is owed its code counts from the moment it is overdue. */
export async function readFigures(
  deps: Pick<RecognitionDeps, 'db' | 'clock' | 'institutions' | 'recognition'>,
  of: { readonly institution: string; readonly month: string },
): Promise<Figures> {
  const now = deps.clock.now()
  const today = localDate(now)
  const [rows, shared, repeats] = await Promise.all([
    countMonth(deps.db, of.institution, of.month, now),
    countShared(deps.db, of.institution, of.month),
    countRepeats(deps.db, of.institution, of.month),
  ])
  const catalogue = deps.recognition.register.catalogue()
  const name = deps.institutions.factsAt(of.institution, today)?.name ?? null
  return figuresOf({ ...of, name }, { rows, shared, repeats }, { catalogue, reasons: catalogue.reasonsOn(today) })
}
