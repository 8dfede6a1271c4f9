import helmet from '@fastify/helmet'
import type { Config } from '../kernel/config.ts'
import type { App } from './app-type.ts'

/** An answer of the API is data: a browser that is shown one must run and load nothing. */
const API_POLICY = "default-src 'none';frame-ancestors 'none'"

/**
 * The page at /docs: its own scripts and styles, and nothing from any other host. No upgrade-insecure-requests: the page
 * must also work over plain HTTP inside a network, where the upgraded requests would find nobody.
 */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HSTS = { maxAge: 31_536_000, includeSubDomains: true }

// Plain HTTP on one's own machine must keep working; behind TLS the header is what the P-rules ask for.
const isSecure = ({ publicUrl }: Config): boolean => publicUrl.startsWith('https:')

export async function useSecurityHeaders(app: App, config: Config): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] }, useDefaults: false },
    hsts: isSecure(config) ? HSTS : false,
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    // Answers are about persons unless a route says otherwise.
    reply.header('cache-control', 'no-store')
  })
}

/** The same, as they stand in an answer that no hook has seen; a test compares the two. */
export function earlySecurityHeaders(config: Config): Record<string, string> {
  return {
    'content-security-policy': API_POLICY,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    ...(isSecure(config) ? { 'strict-transport-security': `max-age=${HSTS.maxAge}; includeSubDomains` } : {}),
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-download-options': 'noopen',
    'x-frame-options': 'SAMEORIGIN',
    'x-permitted-cross-domain-policies': 'none',
    'x-xss-protection': '0',
    'cache-control': 'no-store',
  }
}
