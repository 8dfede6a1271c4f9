import { Type } from 'typebox'
import { allow, type Caller, open } from '../http/access.ts'
import { institutionOf } from '../http/acting-institution.ts'
import type { App, FastifyReply } from '../http/app-type.ts'
import { sendPage } from '../http/html-page.ts'
import { requestError } from '../kernel/errors.ts'
import { formatFen } from '../kernel/money.ts'
import { localDate } from '../kernel/time.ts'
import { recognitionError } from './errors.ts'
import type { Figures, Tally } from './figures.ts'
import { toCsv } from './figures-csv.ts'
import { isGoodLink, signLink } from './figures-link.ts'
import { PAGE_POLICY, renderFigures } from './figures-page.ts'
import * as schema from './figures-schema.ts'
import type { RecognitionDeps } from './judge-results.ts'
import { readFigures } from './read-figures.ts'

const tags = ['recognition']

export function figuresRoutes(app: App, deps: RecognitionDeps): void {
  app.get(
    '/recognition/figures',
    {
      config: allow('recognition.read', ['hospital', 'bureau']),
      schema: {
        tags,
        summary: "An institution's month: outcomes, reasons, rate and savings; JSON, CSV or a page with charts",
        description:
          'A hospital reads its own; a bureau names an institution of its city. Send Accept for CSV or HTML.',
        querystring: schema.FiguresQuery,
        headers: schema.FiguresHeaders,
        response: { 200: schema.FiguresBody },
      },
    },
    async (request, reply) => {
      const { month } = request.query
      const institution = ownInstitution(deps, request.caller, request.query.institution)
      const figures = await readFigures(deps, { institution, month })
      switch (wantedForm(request.headers.accept)) {
        case 'csv':
          return await sendText(
            reply,
            'text/csv; charset=utf-8',
            toCsv(figures),
            `recognition-${institution}-${month}.csv`,
          )
        case 'html':
          return await sendPage(reply, PAGE_POLICY, renderFigures(figures))
        case 'json':
          return present(figures)
      }
    },
  )

  app.get(
    '/recognition/figures.csv',
    {
      config: allow('recognition.read', ['hospital', 'bureau']),
      schema: {
        tags,
        summary: 'The same figures as CSV',
        querystring: schema.FiguresQuery,
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      const { month } = request.query
      const institution = ownInstitution(deps, request.caller, request.query.institution)
      const figures = await readFigures(deps, { institution, month })
      return await sendText(reply, 'text/csv; charset=utf-8', toCsv(figures), `recognition-${institution}-${month}.csv`)
    },
  )

  app.post(
    '/recognition/figures/links',
    {
      config: allow('recognition.read', ['hospital', 'bureau'], 'none'),
      schema: {
        tags,
        summary: 'A link to the page of the figures, for a browser, good for five minutes',
        body: schema.LinkBody,
        response: { 200: schema.LinkAnswer },
      },
    },
    (request) => {
      const institution = ownInstitution(deps, request.caller, request.body.institution)
      const link = signLink(deps, { institution, month: request.body.month })
      const query = new URLSearchParams({
        institution,
        month: link.month,
        until: String(link.until),
        signature: link.signature,
      })
      return {
        url: `${deps.config.publicUrl}/recognition/figures.html?${query.toString()}`,
        expiresAt: new Date(link.until * 1000).toISOString(),
      }
    },
  )

  app.get(
    '/recognition/figures.html',
    {
      // Whoever holds the link was let in when it was made; without it there is nothing to see.
      config: open(),
      schema: {
        tags,
        summary: 'The page of the figures, opened by a link from POST /recognition/figures/links',
        querystring: schema.PageQuery,
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => {
      if (!isGoodLink(deps, request.query)) throw recognitionError('link-invalid')
      return await sendPage(reply, PAGE_POLICY, renderFigures(await readFigures(deps, request.query)))
    },
  )
}

/** A hospital has one; a bureau names one of its own city. Another's is not found, whether it exists or not. */
function ownInstitution(deps: RecognitionDeps, caller: Caller, named: string | undefined): string {
  if (caller.role === 'hospital') {
    const own = institutionOf(caller)
    if (named !== undefined && named !== own) throw requestError('not-found')
    return own
  }
  if (named === undefined) {
    throw requestError('invalid', {
      detail: 'Say which institution.',
      errors: [{ pointer: 'institution', detail: 'is required for a bureau' }],
    })
  }
  const facts = deps.institutions.factsAt(named, localDate(deps.clock.now()))
  if (facts === undefined || facts.city !== caller.city) throw requestError('not-found')
  return named
}

/** The first form of the header that is served; what asks for nothing in particular gets JSON. */
function wantedForm(accept: string | undefined): 'json' | 'csv' | 'html' {
  for (const part of (accept ?? '').split(',')) {
    const type = part.split(';', 1)[0]?.trim().toLowerCase()
    if (type === 'text/csv') return 'csv'
    if (type === 'text/html') return 'html'
    if (type === 'application/json') return 'json'
  }
  return 'json'
}

async function sendText(reply: FastifyReply, type: string, text: string, fileName?: string): Promise<FastifyReply> {
  if (fileName !== undefined) void reply.header('content-disposition', `attachment; filename="${fileName}"`)
  return await reply
    .type(type)
    .serializer((body: string) => body)
    .send(text)
}

function present(figures: Figures) {
  const amounts = <T extends Pick<Tally, 'savedFen'>>({ savedFen, ...rest }: T) => ({
    ...rest,
    savedAmount: formatFen(savedFen),
  })
  return {
    ...amounts(figures),
    reasons: [...figures.reasons],
    eligibility: [...figures.eligibility],
    departments: figures.departments.map(amounts),
    items: figures.items.map(amounts),
    rows: figures.rows.map(amounts),
  }
}
