import { open } from '../http/access.ts'
import type { App } from '../http/app-type.ts'
import type { Deps } from '../kernel/deps.ts'
import type { ForeignTrustState } from './open-foreign-trust.ts'
import * as schema from './schema.ts'
import type { ForeignTrust } from './trust.ts'
import type { ForeignFormat } from './types.ts'

export function foreignRoutes(app: App, deps: Pick<Deps, 'clock'> & { readonly foreign: ForeignTrustState }): void {
  app.get(
    '/foreign/trust-lists',
    {
      config: open(),
      schema: {
        tags: ['foreign'],
        summary: 'Which issuers of other systems are believed, and on whose word',
        response: { 200: schema.TrustListsBody },
      },
    },
    (_request, reply) => {
      void reply.header('cache-control', 'public, max-age=60')
      const nowMs = deps.clock.now().getTime()
      return {
        lists: deps.foreign.heads().map((head) => ({
          format: head.format,
          version: head.version,
          source: head.source,
          issuedAt: new Date(head.issuedAtMs).toISOString(),
          validUntil: new Date(head.validUntilMs).toISOString(),
          importedAt: new Date(head.importedAtMs).toISOString(),
          ageS: Math.max(0, Math.floor((nowMs - head.issuedAtMs) / 1000)),
          inForce: deps.foreign[head.format] !== undefined && nowMs < head.validUntilMs,
          issuers: listIssuers(deps.foreign, head.format),
        })),
        ageMs: Math.round(deps.foreign.ageMs()),
      }
    },
  )
}

function listIssuers(trust: ForeignTrust, format: ForeignFormat): { issuer: string; keys: number }[] {
  if (format === 'shc') {
    return [...(trust.shc?.issuers ?? [])].map(([issuer, keys]) => ({ issuer, keys: keys.size }))
  }
  const keys = [...(trust.dcc?.keys.values() ?? [])].flat()
  const byCountry = Map.groupBy(keys, ({ country }) => country)
  return [...byCountry].map(([issuer, those]) => ({ issuer, keys: those.length }))
}
