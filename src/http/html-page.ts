import { createHash } from 'node:crypto'
import type { FastifyReply } from './app-type.ts'

/** Content-Security-Policy of a page that loads nothing and runs nothing: its one style is named by its digest. */
export const pagePolicy = (style: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for an element or a quoted attribute. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => ENTITIES[one] ?? one)

/** Sends a page under its policy, past the serialiser of the JSON schema. */
export async function sendPage(reply: FastifyReply, policy: string, html: string): Promise<FastifyReply> {
  void reply.header('content-security-policy', policy).header('referrer-policy', 'no-referrer')
  return await reply
    .type('text/html; charset=utf-8')
    .serializer((body: string) => body)
    .send(html)
}

/** True where the first form of an `Accept` header that is served is HTML; what asks for nothing in particular gets JSON. */
export function prefersHtml(accept: string | undefined): boolean {
  for (const part of (accept ?? '').split(',')) {
    const type = part.split(';', 1)[0]?.trim().toLowerCase()
    if (type === 'text/html') return true
    if (type === 'application/json') return false
  }
  return false
}
