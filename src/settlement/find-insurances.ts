import { insurancesAt } from '../people/index.ts'
import type { FindInsurances } from './ports.ts'

/** One query per day asked for: the claims of a batch are nearly always of one or two days. */
export const findInsurances: FindInsurances = async (db, asked) => {
  const byDate = Map.groupBy(asked, (one) => one.date)
  const found = new Map<string, Awaited<ReturnType<typeof insurancesAt>>>()
  for (const [date, people] of byDate) {
    found.set(date, await insurancesAt(db, [...new Set(people.map((one) => one.personId))], date))
  }
  return asked.map(({ personId, date }) => found.get(date)?.get(personId as never))
}
