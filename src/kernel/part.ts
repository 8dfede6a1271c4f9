import { type RawBuilder, sql } from 'kysely'
import { type Db, PREPARED } from './db.ts'

/**
 * One of several things that are read in one statement, each told by the slice whose tables it reads: an expression of one
 * json value, and how that value is read. Its text must not depend on its values (`PREPARED`).
 */
export interface Part<T> {
  readonly expression: RawBuilder<unknown>
  readonly read: (value: unknown) => T
}

export type Parts = Readonly<Record<string, Part<unknown>>>

export type Answers<P extends Parts> = { readonly [Name in keyof P]: P[Name] extends Part<infer T> ? T : never }

/** Reads all parts in one statement and so in one snapshot; `before` stands in front of it (`with …`). */
export async function readParts<P extends Parts>(db: Db, before: RawBuilder<unknown>, parts: P): Promise<Answers<P>> {
  const columns = Object.entries(parts).map(([name, part]) => sql`(${part.expression}) as ${sql.ref(name)}`)
  const { rows } = await sql<Record<string, unknown>>`${PREPARED} ${before} select ${sql.join(columns)}`.execute(db)
  const [row] = rows
  // A statement without "from" has one row; without it nothing may be decided.
  if (row === undefined) throw new Error('a statement of several parts came back without a row')
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.read(row[name])])) as Answers<P>
}
