/** Gives each of equal values as one and the same object, so that a value that 200,000 rows share is kept once. */
export type Intern = <T extends string | bigint>(value: T) => T

/** Values that differ in most rows would make the table itself the larger part: from here on they are given back as they are. */
const MOST = 20_000

export function createIntern(): Intern {
  const known = new Map<unknown, unknown>()
  return (value) => {
    const kept = known.get(value)
    if (kept !== undefined) return kept as typeof value
    if (known.size < MOST) known.set(value, value)
    return value
  }
}
