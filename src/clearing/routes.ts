import { allow } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import type { Deps } from '../kernel/deps.ts'
import { formatFen } from '../kernel/money.ts'
import type { WindowProof } from '../ledger/index.ts'
import { readPositions } from './read-positions.ts'
import { PositionsBody, PositionsQuery } from './schema.ts'

export function clearingRoutes(app: App, deps: Pick<Deps, 'db'>): void {
  app.get(
    '/clearing/positions',
    {
      config: allow('clearing.read', ['bureau', 'operator']),
      schema: {
        tags: ['clearing'],
        summary: 'Who owes whom for a month: per ordered pair of cities, and netted among the four',
        querystring: PositionsQuery,
        response: { 200: PositionsBody },
      },
    },
    async (request) => {
      const { role, city } = request.caller
      const viewer = role === 'operator' ? ('all' as const) : { city: city ?? '' }
      const { month, prove } = request.query
      const positions = await readPositions(deps, month, viewer, { prove })
      return {
        month: positions.month,
        state: positions.state as 'OPEN',
        pairs: positions.pairs.map((one) => ({
          payer: one.payer,
          payee: one.payee,
          gross_amt: formatFen(one.gross),
          net_amt: formatFen(one.net),
        })),
        cities: positions.cities.map((one) => ({ city: one.city, net_amt: formatFen(one.net) })),
        detail: positions.detail.map((one) => ({
          payer: one.payer,
          payee: one.payee,
          fund_pay_type: one.fund,
          clr_type: one.clrType,
          amount: formatFen(one.amount),
          settlements: Number(one.settlements),
          reversals: Number(one.reversals),
        })),
        ...(positions.proof === undefined ? {} : { proof: showProof(positions.proof) }),
      }
    },
  )
}

const showProof = (proof: WindowProof) => ({
  balanced: proof.balanced,
  ...showThree(proof),
  disagreements: proof.disagreements.map((one) => ({ payer: one.payer, payee: one.payee, ...showThree(one) })),
})

const showThree = (one: Pick<WindowProof, 'dueTo' | 'dueFrom' | 'counted'>) => ({
  due_to_amt: formatFen(one.dueTo),
  due_from_amt: formatFen(one.dueFrom),
  counted_amt: formatFen(one.counted),
})
