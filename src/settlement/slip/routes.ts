import { Type } from 'typebox'
import { appendAudit } from '../../audit/index.ts'
import { allow, type Role } from '../../http/access.ts'
import type { App, FastifyRequest } from '../../http/app-type.ts'
import { prefersHtml, sendPage } from '../../http/html-page.ts'
import type { Deps } from '../../kernel/deps.ts'
import { formatFen } from '../../kernel/money.ts'
import { claimEvent } from '../claim-event.ts'
import type { Settlement } from '../open-settlement.ts'
import { ClaimParams } from '../schema.ts'
import { actorOf, claimIdOf, viewerOf } from '../who-asks.ts'
import { renderSlip, SLIP_POLICY } from './page.ts'
import { readSlip } from './read-slip.ts'
import * as schema from './schema.ts'
import type { Slip } from './types.ts'

const READING: readonly Role[] = ['hospital', 'pharmacy', 'bureau']
const tags = ['settlement']

export type SlipRouteDeps = Pick<Deps, 'db' | 'clock' | 'keyring'> & { readonly settlement: Settlement }

export function slipRoutes(app: App, deps: SlipRouteDeps): void {
  const { db, keyring } = deps
  const { institutions, catalogue } = deps.settlement

  /** The audit event is committed before anything is shown. */
  const read = async (
    request: FastifyRequest & {
      readonly params: { readonly id: string }
      readonly query: { readonly of: Slip['kind'] }
    },
  ): Promise<Slip> => {
    const claimId = claimIdOf(request)
    const kind = request.query.of
    const from = { db, keyring, institutions, catalogue }
    const { personId, slip } = await readSlip(from, claimId, viewerOf(request.caller), kind)
    const event = { action: 'settlement.read-slip', personId, claimId, requestId: request.id }
    await appendAudit(db, claimEvent(actorOf(request), event), deps.clock)
    return slip
  }

  app.get(
    '/settlement/claims/:id/slip',
    {
      config: allow('settlement.read', READING),
      schema: {
        tags,
        summary: 'The slip of a settlement or its reversal: every fen explained in Chinese; JSON, or a page to print',
        description: 'The parts sum to medfee_sumamt. Send `Accept: text/html` for the page.',
        params: ClaimParams,
        querystring: schema.SlipQuery,
        headers: schema.SlipHeaders,
        response: { 200: schema.SlipBody },
      },
    },
    async (request, reply) => {
      const slip = await read(request)
      void reply.header('vary', 'accept')
      return prefersHtml(request.headers.accept)
        ? await sendPage(reply, SLIP_POLICY, renderSlip(slip))
        : await reply.send(present(slip))
    },
  )

  app.get(
    '/settlement/claims/:id/slip.html',
    {
      config: allow('settlement.read', READING),
      schema: {
        tags,
        summary: 'The slip as a page to print',
        params: ClaimParams,
        querystring: schema.SlipQuery,
        response: { 200: Type.String() },
      },
    },
    async (request, reply) => await sendPage(reply, SLIP_POLICY, renderSlip(await read(request))),
  )
}

const present = (slip: Slip) => ({
  title: slip.title,
  kind: slip.kind,
  claim_id: slip.claimId,
  setl_id: slip.setlId,
  setl_time: slip.setlTime.toISOString(),
  psn_name: slip.name,
  fixmedins_code: slip.institution,
  fixmedins_name: slip.institutionName,
  mdtrtarea_admvs: slip.treatmentCity,
  insuplc_admdvs: slip.insuredCity,
  insutype: slip.insutype,
  med_type: slip.medType,
  notices: [...slip.notices],
  medfee_sumamt: formatFen(slip.medfee),
  inscp_scp_amt: formatFen(slip.inScope),
  fund_pay_sumamt: formatFen(slip.fundPay),
  psn_part_amt: formatFen(slip.psnPart),
  parts: slip.parts.map((part) => ({
    ...part,
    amount: formatFen(part.amount),
    why: [...part.why],
    items: part.items.map((item) => ({ ...item, amount: formatFen(item.amount) })),
  })),
  payments: slip.payments.map((one) => ({ ...one, amount: formatFen(one.amount) })),
})
