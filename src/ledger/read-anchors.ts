import type { Link } from './chain-store.ts'

/** A head as `ledger verify` prints it. */
const HEAD = /^head\s+([1-8]\d{5}) (\d{4}-\d{2}) [1-9]\d* ([0-9a-f]{64})$/

/**
 * The links in a report of `ledger verify` that was kept elsewhere; whatever else the report says is passed over.
 *
 * @throws TypeError where a line that begins with `head` cannot be read, or where there is none: a proof against nothing
 *   must not look like one
 */
export function readAnchors(report: string): readonly Omit<Link, 'no'>[] {
  const heads = report.split(/\r?\n/).filter((line) => line.startsWith('head'))
  if (heads.length === 0) throw new TypeError('has no line "head BOOK MONTH NUMBER HASH" of an earlier report')
  return heads.map((line) => {
    const [, book, month, hash] = HEAD.exec(line.trimEnd()) ?? []
    if (book === undefined || month === undefined || hash === undefined)
      throw new TypeError(`has a broken line: ${line.slice(0, 120)}`)
    return { book, month, hash }
  })
}
