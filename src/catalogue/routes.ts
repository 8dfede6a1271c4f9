import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { isCityCode } from '../codes/index.ts'
import { allow, type Caller, type Role } from '../http/access.ts'
import { type App, isSuccess } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { requestError } from '../kernel/errors.ts'
import { formatPrice, formatRatio } from '../kernel/money.ts'
import { isDate, localDate } from '../kernel/time.ts'
import type { CityDifference } from './compare-cities.ts'
import { DIFFERENCES_HEADER, differenceCsv, differenceText } from './differences-text.ts'
import { catalogueError } from './errors.ts'
import { countOutcomes, type ImportedBy, importCatalogue, previewImport, showOutcomes } from './import-catalogue.ts'
import { eachDifference, listDifferences } from './list-differences.ts'
import type { Catalogue } from './open-catalogue.ts'
import type { CatalogueChange } from './save-catalogue.ts'
import * as schema from './schema.ts'
import { searchItems, searchPriceLimits } from './search-catalogue.ts'
import type { Listed } from './search-store.ts'
import type { Area, ItemRow, LimitRow } from './types.ts'

const READERS: readonly Role[] = ['hospital', 'pharmacy', 'bureau', 'operator']
const WRITERS: readonly Role[] = ['bureau', 'operator']
const COMPARERS: readonly Role[] = ['bureau', 'operator']
const tags = ['catalogue']

/** Before the first row was written: a search that names no day of writing asks for all. */
const EVER = '2000-01-01'

export function catalogueRoutes(
  app: App,
  deps: Pick<Deps, 'db' | 'clock' | 'keyring'> & { readonly catalogue: Catalogue },
): void {
  const dayOf = (text: string | undefined, pointer: string): string => {
    if (text === undefined) return localDate(deps.clock.now())
    if (isDate(text)) return text
    throw requestError('invalid', { errors: [{ pointer, detail: 'is not a day of the calendar' }] })
  }

  app.post(
    '/catalogue/imports',
    {
      bodyLimit: schema.IMPORT_BYTES,
      config: allow('catalogue.write', WRITERS, 'key'),
      // After the commit and before the answer: who was told of a change must not be answered by the old catalogue here.
      onSend: async (_request, reply) => {
        if (isSuccess(reply)) await deps.catalogue.refresh()
      },
      schema: {
        tags,
        summary: 'Change the catalogue, or see what would change: items and price limits with their dates',
        description:
          'All rows or none. A bureau writes the rows of its own city. A row is named by area, code (of a limit: level) and first day: what is there with other content becomes a new version, and one that begins later ends the open one before it. 422 names line and column of what is wrong.',
        headers: IdempotencyHeaders,
        body: schema.ImportBody,
        response: { 200: schema.ImportAnswer },
      },
    },
    async (request, reply) => {
      const { content, apply = false } = request.body
      const by = importedBy(request.caller)
      return await answerOnce(deps, request, reply, async (tx) => ({
        status: 200,
        body: present(
          apply,
          apply ? await importCatalogue(deps, tx, content, by) : await previewImport(tx, content, by),
        ),
      }))
    },
  )

  app.get(
    '/catalogue/items',
    {
      config: allow('catalogue.read', READERS),
      schema: {
        tags,
        summary: 'Items of the catalogue, as interface 1312 gives them',
        querystring: schema.ItemQuery,
        response: { 200: schema.ItemsBody },
      },
    },
    async (request) => {
      const q = request.query
      const { rows, more } = await searchItems(
        deps.db,
        {
          updtTime: q.updt_time ?? EVER,
          queryDate: q.query_date,
          hilistCode: q.hilist_code,
          insuAdmdvs: q.insu_admdvs,
          begndate: q.begndate,
          hilistName: q.hilist_name,
          wubi: q.wubi,
          pinyin: q.pinyin,
          medChrgitmType: q.med_chrgitm_type,
          chrgitmLv: q.chrgitm_lv,
          lmtUsedFlag: q.lmt_used_flag,
          listType: q.list_type,
          medUseFlag: q.med_use_flag,
          matnUsedFlag: q.matn_used_flag,
          hilistUseType: q.hilist_use_type,
          lmtCpndType: q.lmt_cpnd_type,
          valiFlag: q.vali_flag,
        },
        { pageNum: q.page_num ?? 1, pageSize: q.page_size ?? 50 },
      )
      return { rows: rows.map(presentItem), more }
    },
  )

  app.get(
    '/catalogue/limits',
    {
      config: allow('catalogue.read', READERS),
      schema: {
        tags,
        summary: 'Price limits of the catalogue, as interface 1318 gives them',
        querystring: schema.LimitQuery,
        response: { 200: schema.LimitsBody },
      },
    },
    async (request) => {
      const q = request.query
      const { rows, more } = await searchPriceLimits(
        deps.db,
        {
          updtTime: q.updt_time ?? EVER,
          queryDate: q.query_date,
          hilistCode: q.hilist_code,
          hilistLmtpricType: q.hilist_lmtpric_type,
          overlmtDspoWay: q.overlmt_dspo_way,
          insuAdmdvs: q.insu_admdvs,
          begndate: q.begndate,
          enddate: q.enddate,
          valiFlag: q.vali_flag,
          rid: q.rid === undefined ? undefined : BigInt(q.rid),
          tabname: q.tabname,
          poolareaNo: q.poolarea_no,
        },
        { pageNum: q.page_num ?? 1, pageSize: q.page_size ?? 50 },
      )
      return { rows: rows.map(presentLimit), more }
    },
  )

  app.get(
    '/catalogue/items/:code/terms',
    {
      config: allow('catalogue.read', READERS),
      schema: {
        tags,
        summary:
          'What a city’s catalogue says about an item on a day: class, part paid first, restriction, price limit',
        description: 'Answered from memory, as settlement does it.',
        params: schema.TermsParams,
        querystring: schema.TermsQuery,
        response: { 200: schema.TermsBody },
      },
    },
    (request) => {
      const { code } = request.params
      const { city, lmtpric_hosp_lv: level = '3' } = request.query
      const date = dayOf(request.query.date, 'querystring/date')
      const terms = isCityCode(city) ? deps.catalogue.termsAt(city, code, date, level) : undefined
      if (terms === undefined) throw catalogueError('not-found')
      return {
        hilist_code: code,
        city,
        date,
        lmtpric_hosp_lv: level,
        hilist_name: terms.name,
        list_type: terms.listType,
        med_chrgitm_type: terms.medChrgitmType,
        chrgitm_lv: terms.chrgitmLv,
        selfpay_prop: formatRatio(terms.selfpayProp),
        pric_uplmt_amt: formatPrice(terms.pricUplmtAmt),
        lmt_used_flag: terms.lmtUsedFlag,
        row: terms.rowId,
        catalogueAgeMs: Math.round(deps.catalogue.ageMs()),
      }
    },
  )

  app.get(
    '/catalogue/differences',
    {
      config: allow('catalogue.read', COMPARERS),
      schema: {
        tags,
        summary: 'In what the catalogues of the four cities differ (目录、价格衔接), in the order of codes',
        querystring: schema.DifferencesQuery,
        response: { 200: schema.DifferencesBody },
      },
    },
    async (request) => {
      const { cursor, limit = 200 } = request.query
      const date = dayOf(request.query.date, 'querystring/date')
      const page = await listDifferences(deps.db, { date, after: cursor, limit })
      return { date, differences: page.differences.map(presentDifference), next: page.next }
    },
  )

  for (const { form, type, write, header } of FILES) {
    app.get(
      `/catalogue/differences.${form}`,
      {
        config: allow('catalogue.read', COMPARERS),
        schema: {
          tags,
          summary: `The same, whole, as ${form === 'csv' ? 'a table' : 'text to read'}`,
          querystring: schema.DifferencesFileQuery,
          // Written as it is read: a whole catalogue is never held.
          response: { 200: Type.Unsafe<Readable>(Type.String()) },
        },
      },
      async (request, reply) => {
        const date = dayOf(request.query.date, 'querystring/date')
        return await reply
          .type(`${type}; charset=utf-8`)
          .send(Readable.from(lines(eachDifference(deps.db, date), { write, header })))
      },
    )
  }
}

const FILES = [
  { form: 'csv', type: 'text/csv', write: differenceCsv, header: DIFFERENCES_HEADER },
  { form: 'txt', type: 'text/plain', write: differenceText, header: '' },
] as const

async function* lines(
  differences: AsyncIterable<CityDifference>,
  as: { readonly write: (one: CityDifference) => string; readonly header: string },
): AsyncGenerator<string> {
  if (as.header !== '') yield as.header
  for await (const one of differences) yield as.write(one)
}

/** An operator writes everywhere; a bureau, where its token names no city, nowhere. */
function importedBy(caller: Caller): ImportedBy {
  const { clientId, role, city } = caller
  const areas: readonly Area[] | 'all' =
    role === 'operator' ? 'all' : city !== undefined && isCityCode(city) ? [city] : []
  return { clientId, role, org: city ?? clientId, areas }
}

function present(applied: boolean, change: CatalogueChange) {
  const rows = showOutcomes(change, schema.MOST_SHOWN)
  return {
    applied,
    items: countOutcomes(change.items),
    limits: countOutcomes(change.limits),
    rows: rows.map((row) => ({ ...row, changes: [...row.changes] })),
  }
}

function presentCommon(row: Listed<ItemRow> | Listed<LimitRow>) {
  return {
    rid: row.rid.toString(),
    version: row.version,
    insu_admdvs: row.insuAdmdvs,
    hilist_code: row.hilistCode,
    begndate: row.begndate,
    enddate: row.enddate,
    vali_flag: row.valiFlag,
    source_document: row.sourceDocument,
    verified: row.verified,
    crte_time: row.createdAt.toISOString(),
    updt_time: row.updatedAt.toISOString(),
  }
}

function presentItem(row: Listed<ItemRow>) {
  return {
    ...presentCommon(row),
    hilist_name: row.hilistName,
    list_type: row.listType,
    med_chrgitm_type: row.medChrgitmType,
    chrgitm_lv: row.chrgitmLv,
    selfpay_prop: formatRatio(row.selfpayProp),
    lmt_used_flag: row.lmtUsedFlag,
    lmt_used_cond: row.lmtUsedCond,
    med_use_flag: row.medUseFlag,
    matn_used_flag: row.matnUsedFlag,
    hilist_use_type: row.hilistUseType,
    lmt_cpnd_type: row.lmtCpndType,
    pinyin: row.pinyin,
    wubi: row.wubi,
    memo: row.memo,
  }
}

function presentLimit(row: Listed<LimitRow>) {
  return {
    ...presentCommon(row),
    lmtpric_hosp_lv: row.priceLevel,
    hilist_lmtpric_type: row.hilistLmtpricType,
    overlmt_dspo_way: row.overlmtDspoWay,
    hilist_pric_uplmt_amt: formatPrice(row.hilistPricUplmtAmt),
    tabname: row.tabname,
  }
}

function presentDifference({ hilistCode, hilistName, field, values }: CityDifference) {
  return { hilist_code: hilistCode, hilist_name: hilistName, field, values }
}
