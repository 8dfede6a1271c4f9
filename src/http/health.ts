import { Type } from 'typebox'
import { type Database, pingDb } from '../kernel/db.ts'
import { requestError } from '../kernel/errors.ts'
import { open } from './access.ts'
import type { App } from './app-type.ts'

/** `/healthz`: the process lives. `/readyz`: it can serve, i.e. its database answers. */
export function healthRoutes(app: App, deps: { readonly db: Database }): void {
  const ok = Type.Object({ status: Type.Literal('ok') }, { additionalProperties: false })
  app.get(
    '/healthz',
    { config: open(), schema: { tags: ['service'], summary: 'The process lives', response: { 200: ok } } },
    async () => ({
      status: 'ok' as const,
    }),
  )
  app.get(
    '/readyz',
    { config: open(), schema: { tags: ['service'], summary: 'The service can answer', response: { 200: ok } } },
    async () => {
      if (!(await pingDb(deps.db)))
        throw requestError('try-later', { detail: 'The database does not answer.', retryAfter: 2 })
      return { status: 'ok' as const }
    },
  )
}
