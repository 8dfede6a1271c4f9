import type { Config } from '../kernel/config.ts'

/** An answer of the API is data: a browser that is shown one must run, load and frame nothing. */
const HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Answers are about persons unless a route says otherwise.
  'cache-control': 'no-store',
} as const

const HSTS = 'max-age=31536000; includeSubDomains'

/**
 * The headers of every answer. A constant list: the headers that only mean something for pages (the rest of helmet's set)
 * cost each request more than its authentication does.
 */
export function apiHeaders({ publicUrl }: Pick<Config, 'publicUrl'>): Readonly<Record<string, string>> {
  // Plain HTTP on one's own machine must keep working; behind TLS the header is what the P-rules ask for.
  return publicUrl.startsWith('https:') ? { ...HEADERS, 'strict-transport-security': HSTS } : HEADERS
}

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
