import { sql } from 'kysely'
import { announce } from '../kernel/change-feed.ts'
import type { Db, Tx } from '../kernel/db.ts'
import { fen } from '../kernel/money.ts'
import type { CatalogueRows, InstitutionRows } from './register.ts'
import type { DETAILS, Item, Organiser, Period, Policy } from './types.ts'

/** Area of the announcements about the register. */
export const REGISTER_CHANGED = 'recognition'
/** The part that holds for all institutions; every other part is named by its institution. */
export const CATALOGUE = ''
const HEAD = 'head'

export interface RegisterChange {
  readonly part: string
  readonly changeNo: bigint
}

export async function readHead(db: Db): Promise<bigint> {
  const row = await db
    .selectFrom('recognition_change')
    .select('change_no as changeNo')
    .where('part', '=', HEAD)
    .executeTakeFirstOrThrow()
  return row.changeNo
}

/** Parts that changed after `changeNo`. */
export async function listChanged(db: Db, changeNo: bigint): Promise<readonly RegisterChange[]> {
  return await db
    .selectFrom('recognition_change')
    .select(['part', 'change_no as changeNo'])
    .where('change_no', '>', changeNo)
    .where('part', '<>', HEAD)
    .orderBy('part')
    .execute()
}

/** Gives parts the next change number; the head's row is held until the commit, which orders all writers. */
export async function markChanged(tx: Tx, parts: readonly string[]): Promise<void> {
  if (parts.length === 0) return
  await announce(tx, REGISTER_CHANGED)
  const { changeNo } = await tx
    .updateTable('recognition_change')
    .set({ change_no: sql`change_no + 1` })
    .where('part', '=', HEAD)
    .returning('change_no as changeNo')
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('recognition_change')
    .values(parts.map((part) => ({ part, change_no: changeNo })))
    .onConflict((conflict) => conflict.column('part').doUpdateSet({ change_no: changeNo }))
    .execute()
}

const period = ({ from_date: from, to_date: to }: { from_date: string; to_date: string | null }): Period => ({
  from,
  to,
})

export async function readCatalogue(db: Db): Promise<CatalogueRows> {
  const [items, scopes, panels, negatives, reasons, policies] = await Promise.all([
    db.selectFrom('recognition_item').selectAll().orderBy('code').orderBy('version').execute(),
    db.selectFrom('recognition_scope').selectAll().orderBy('label').orderBy('version').execute(),
    db.selectFrom('recognition_panel').selectAll().orderBy('code').orderBy('version').execute(),
    db.selectFrom('recognition_negative').selectAll().orderBy('item').orderBy('version').execute(),
    db.selectFrom('recognition_reason').selectAll().orderBy('code').orderBy('version').execute(),
    db.selectFrom('recognition_policy').selectAll().orderBy('name').orderBy('version').execute(),
  ])
  return {
    items: items.map((row) => ({
      code: row.code,
      version: row.version,
      name: row.name,
      nameEn: row.name_en,
      kind: row.kind as Item['kind'],
      loinc: row.loinc,
      specimen: row.specimen,
      ucum: row.ucum,
      validityDays: row.validity_days,
      fastDays: row.fast_days,
      eqaMaxMonths: row.eqa_max_months,
      negative: row.negative,
      scope: row.scope,
      basis: row.basis,
      source: row.source,
      verified: row.verified,
      ...period(row),
    })),
    scopes: scopes.map(({ from_date, to_date, ...row }) => ({ ...row, ...period({ from_date, to_date }) })),
    panels: panels.map(({ from_date, to_date, ...row }) => ({ ...row, ...period({ from_date, to_date }) })),
    negatives: negatives.map(({ from_date, to_date, ...row }) => ({ ...row, ...period({ from_date, to_date }) })),
    reasons: reasons.map(({ from_date, to_date, detail, detail_min, informed_impossible, ...row }) => ({
      ...row,
      detail: detail as (typeof DETAILS)[number],
      detailMin: detail_min,
      informedImpossible: informed_impossible,
      ...period({ from_date, to_date }),
    })),
    policies: policies.map(({ from_date, to_date, name, ...row }) => ({
      ...row,
      name: name as Policy['name'],
      ...period({ from_date, to_date }),
    })),
  }
}

/** What is registered of the institutions, by code; an institution without rows has an entry all the same. */
export async function readInstitutionRows(
  db: Db,
  institutions: readonly string[],
): Promise<ReadonlyMap<string, InstitutionRows>> {
  if (institutions.length === 0) return new Map()
  const those = [...institutions]
  const [marks, eqa, evaluations, prices] = await Promise.all([
    db.selectFrom('recognition_mark').selectAll().where('institution', 'in', those).orderBy('version').execute(),
    db.selectFrom('recognition_eqa').selectAll().where('institution', 'in', those).execute(),
    db.selectFrom('recognition_evaluation').selectAll().where('institution', 'in', those).execute(),
    db.selectFrom('recognition_price').selectAll().where('institution', 'in', those).orderBy('version').execute(),
  ])
  const byInstitution = {
    marks: Map.groupBy(marks, (one) => one.institution),
    eqa: Map.groupBy(eqa, (one) => one.institution),
    evaluations: Map.groupBy(evaluations, (one) => one.institution),
    prices: Map.groupBy(prices, (one) => one.institution),
  }
  return new Map(
    those.map((code) => [
      code,
      {
        marks: (byInstitution.marks.get(code) ?? []).map(({ from_date, to_date, ...row }) => ({
          ...row,
          ...period({ from_date, to_date }),
        })),
        eqa: (byInstitution.eqa.get(code) ?? []).map(({ published_on: publishedOn, organiser, ...row }) => ({
          ...row,
          publishedOn,
          organiser: organiser as Organiser,
        })),
        evaluations: (byInstitution.evaluations.get(code) ?? []).map(({ from_date, to_date, organiser, ...row }) => ({
          ...row,
          organiser: organiser as Organiser,
          ...period({ from_date, to_date }),
        })),
        prices: (byInstitution.prices.get(code) ?? []).map(({ from_date, to_date, price_fen, ...row }) => ({
          ...row,
          priceFen: fen(price_fen),
          ...period({ from_date, to_date }),
        })),
      },
    ]),
  )
}

/** Rows of one kind to be written; a row that exists only gets its last day. */
export interface RegisterRows extends CatalogueRows, InstitutionRows {}

/** Rows of one statement stay far below PostgreSQL's 65,535 parameters. */
const CHUNK = 1000

/**
 * Writes rows. One that exists keeps all but its last day: what counted stays as it was, and is closed, never rewritten.
 * Whether that is all that differs has been looked at before (`compareRegister`).
 */
export async function writeRegister(tx: Tx, rows: Partial<RegisterRows>): Promise<void> {
  const dates = ({ from, to }: Period) => ({ from_date: from, to_date: to })
  const closing = sql<string | null>`excluded.to_date`
  for (const part of chunks(rows.items)) {
    await tx
      .insertInto('recognition_item')
      .values(
        part.map((one) => ({
          code: one.code,
          version: one.version,
          name: one.name,
          name_en: one.nameEn,
          kind: one.kind,
          loinc: [...one.loinc],
          specimen: one.specimen,
          ucum: one.ucum,
          validity_days: one.validityDays,
          fast_days: one.fastDays,
          eqa_max_months: one.eqaMaxMonths,
          negative: one.negative,
          scope: [...one.scope],
          basis: one.basis,
          source: one.source,
          verified: one.verified,
          ...dates(one),
        })),
      )
      .onConflict((conflict) => conflict.columns(['code', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.scopes)) {
    await tx
      .insertInto('recognition_scope')
      .values(
        part.map(({ from, to, divisions, ...one }) => ({ ...one, divisions: [...divisions], ...dates({ from, to }) })),
      )
      .onConflict((conflict) => conflict.columns(['label', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.panels)) {
    await tx
      .insertInto('recognition_panel')
      .values(part.map(({ from, to, members, ...one }) => ({ ...one, members: [...members], ...dates({ from, to }) })))
      .onConflict((conflict) => conflict.columns(['code', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.negatives)) {
    await tx
      .insertInto('recognition_negative')
      .values(part.map(({ from, to, scope, ...one }) => ({ ...one, scope: [...scope], ...dates({ from, to }) })))
      .onConflict((conflict) => conflict.columns(['item', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.reasons)) {
    await tx
      .insertInto('recognition_reason')
      .values(
        part.map(({ from, to, detailMin, informedImpossible, ...one }) => ({
          ...one,
          detail_min: detailMin,
          informed_impossible: informedImpossible,
          ...dates({ from, to }),
        })),
      )
      .onConflict((conflict) => conflict.columns(['code', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.policies)) {
    await tx
      .insertInto('recognition_policy')
      .values(part.map(({ from, to, ...one }) => ({ ...one, ...dates({ from, to }) })))
      .onConflict((conflict) => conflict.columns(['name', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.marks)) {
    await tx
      .insertInto('recognition_mark')
      .values(part.map(({ from, to, scope, ...one }) => ({ ...one, scope: [...scope], ...dates({ from, to }) })))
      .onConflict((conflict) => conflict.columns(['institution', 'item', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.eqa)) {
    await tx
      .insertInto('recognition_eqa')
      .values(part.map(({ publishedOn, ...one }) => ({ ...one, published_on: publishedOn })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  for (const part of chunks(rows.evaluations)) {
    await tx
      .insertInto('recognition_evaluation')
      .values(part.map(({ from, to, ...one }) => ({ ...one, ...dates({ from, to }) })))
      .onConflict((conflict) => conflict.columns(['institution', 'from_date']).doUpdateSet({ to_date: closing }))
      .execute()
  }
  for (const part of chunks(rows.prices)) {
    await tx
      .insertInto('recognition_price')
      .values(part.map(({ from, to, priceFen, ...one }) => ({ ...one, price_fen: priceFen, ...dates({ from, to }) })))
      .onConflict((conflict) => conflict.columns(['institution', 'item', 'version']).doUpdateSet({ to_date: closing }))
      .execute()
  }
}

function* chunks<T>(rows: readonly T[] = []): Iterable<readonly T[]> {
  for (let at = 0; at < rows.length; at += CHUNK) yield rows.slice(at, at + CHUNK)
}
