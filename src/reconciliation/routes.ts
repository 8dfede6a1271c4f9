import { allow, type Caller, type Role } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import { answerOnce, IdempotencyHeaders } from '../http/repeat.ts'
import type { Deps } from '../kernel/deps.ts'
import { parseFen } from '../kernel/money.ts'
import { isDate } from '../kernel/time.ts'
import { readDayTotals } from '../settlement/index.ts'
import { compareStatement, DIFFERENCES_A_PAGE, type Statement } from './compare-statement.ts'
import { reconciliationError } from './errors.ts'
import * as schema from './schema.ts'
import { hasStatement, readDifferences } from './store.ts'
import { showSums } from './wire.ts'

const INSTITUTIONS: readonly Role[] = ['hospital', 'pharmacy']
const tags = ['reconciliation']

export function reconciliationRoutes(app: App, deps: Pick<Deps, 'db' | 'clock' | 'keyring'>): void {
  app.post(
    '/reconciliation/statements',
    {
      config: allow('reconciliation.write', INSTITUTIONS, 'key'),
      bodyLimit: schema.STATEMENT_BYTES,
      schema: {
        tags,
        summary:
          'Compare an institution’s day with the centre: totals (3201), with details also each difference (3202)',
        headers: IdempotencyHeaders,
        body: schema.StatementBody,
        response: { 200: schema.ResultBody },
      },
    },
    async (request, reply) => {
      const statement = readStatement(institutionOf(request.caller), request.body)
      return await answerOnce(deps, request, reply, async (tx) => ({
        status: 200,
        body: await compareStatement(tx, statement, deps.clock.now()),
      }))
    },
  )

  app.get(
    '/reconciliation/statements/:id/differences',
    {
      config: allow('reconciliation.read', INSTITUTIONS),
      schema: {
        tags,
        summary: 'The differences of a statement, page by page',
        params: schema.StatementParams,
        querystring: schema.DifferencesQuery,
        response: { 200: schema.DifferencesBody },
      },
    },
    async (request) => {
      const institution = institutionOf(request.caller)
      const statementId = request.params.id.toLowerCase()
      if (!(await hasStatement(deps.db, institution, statementId))) throw reconciliationError('statement-not-found')
      const page = { institution, statementId, after: request.query.after, limit: DIFFERENCES_A_PAGE }
      const rows = await readDifferences(deps.db, page)
      const last = rows.at(-1)
      return {
        statement_id: statementId,
        differences: rows.map(({ no, state, row }) => ({ ...(row as object), no, state })) as never,
        ...(rows.length === DIFFERENCES_A_PAGE && last !== undefined ? { next_after: last.no } : {}),
      }
    },
  )

  app.get(
    '/reconciliation/totals',
    {
      config: allow('reconciliation.read', INSTITUTIONS),
      schema: {
        tags,
        summary: 'The centre’s totals of the caller’s own day',
        querystring: schema.TotalsQuery,
        response: { 200: schema.TotalsBody },
      },
    },
    async (request) => {
      const { date } = request.query
      assertDay(date)
      const totals = await readDayTotals(deps.db, institutionOf(request.caller), date)
      return {
        date,
        groups: totals.map((one) => ({ insutype: one.insutype, clr_type: one.clrType, ...showSums(one) })),
      }
    },
  )
}

function readStatement(institution: string, body: schema.StatementBody): Statement {
  assertDay(body.date)
  const groups = new Set<string>()
  for (const [index, group] of body.groups.entries()) {
    const name = `${group.insutype}/${group.clr_type}`
    if (groups.has(name)) {
      throw reconciliationError('group-repeated', {
        errors: [{ pointer: `/groups/${index}`, detail: 'stands in an earlier group already' }],
      })
    }
    groups.add(name)
  }
  const rows = new Set<string>()
  for (const [index, row] of (body.details ?? []).entries()) {
    const id = row.setl_id.toLowerCase()
    if (rows.has(id)) {
      throw reconciliationError('row-repeated', {
        errors: [{ pointer: `/details/${index}/setl_id`, detail: 'stands in an earlier row already' }],
      })
    }
    rows.add(id)
  }
  return {
    institution,
    date: body.date,
    groups: body.groups.map((group) => ({
      insutype: group.insutype,
      clrType: group.clr_type,
      medfee: parseFen(group.medfee_sumamt),
      fundPay: parseFen(group.fund_pay_sumamt),
      acctPay: parseFen(group.acct_pay),
      count: group.fixmedins_setl_cnt,
    })),
    details: body.details?.map((row) => ({
      // Either case is the same UUID; the centre writes lower case.
      setlId: row.setl_id.toLowerCase(),
      refund: row.refd_setl_flag === '1',
      medfee: parseFen(row.medfee_sumamt),
      fundPay: parseFen(row.fund_pay_sumamt),
      acctPay: parseFen(row.acct_pay),
    })),
  }
}

function assertDay(date: string): void {
  if (!isDate(date)) {
    throw reconciliationError('date-invalid', {
      errors: [{ pointer: '/date', detail: 'must be a calendar day, YYYY-MM-DD' }],
    })
  }
}

function institutionOf(caller: Caller): string {
  if (caller.institution === undefined) throw reconciliationError('institution-missing')
  return caller.institution
}
