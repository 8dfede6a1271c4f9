import type { App } from './app-type.ts'

/**
 * One line per request: route template (never the address with its query), status, milliseconds, client.
 * Health checks are left out: they come every few seconds and say nothing.
 */
export function useRequestLog(app: App): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? '(none)'
    if (route === '/healthz' || route === '/readyz') return
    request.log.info(
      {
        area: route.split('/')[1] ?? '',
        verb: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        client: (request.caller as { clientId: string } | undefined)?.clientId,
      },
      'request',
    )
  })
}
