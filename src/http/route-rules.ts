import assert from 'node:assert/strict'
import { type Access, open, type Repeat } from './access.ts'
import type { App } from './app-type.ts'

/** One route as the app was built with it; the access tests and the API reference walk this list. */
export interface RouteEntry {
  readonly method: string
  readonly url: string
  readonly access: Access | 'public'
  readonly repeat: Repeat
}

declare module 'fastify' {
  interface FastifyInstance {
    routeEntries: RouteEntry[]
  }
}

/** Where the API reference page lives. */
export const DOCS_PREFIX = '/docs'

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses, while the app is built, a route that does not say who may call it, or changes something without
 * saying how a repeat is kept from acting twice.
 */
export function checkRoutes(app: App): void {
  const entries: RouteEntry[] = []
  app.decorate('routeEntries', entries)
  app.addHook('onRoute', (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method]
    // The pages of the API reference are registered by their plugin, which knows nothing of access.
    if (route.url.startsWith(DOCS_PREFIX)) route.config = { ...route.config, ...open() }
    const config = route.config ?? {}
    const { access, repeat } = config as { access?: Access | 'public'; repeat?: Repeat }
    for (const method of methods) {
      if (method === 'HEAD' || method === 'OPTIONS') continue
      assert(access !== undefined, `${method} ${route.url} does not say who may call it`)
      assert(READS.has(method) || repeat !== undefined, `${method} ${route.url} does not say what a repeat does`)
      entries.push({ method, url: route.url, access, repeat: repeat ?? 'none' })
    }
  })
}
