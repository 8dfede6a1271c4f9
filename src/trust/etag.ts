/** Tag of what a signed text says: no two texts have the same signature. */
export const etagOf = (token: string, variant = ''): string => `"${token.slice(token.lastIndexOf('.') + 1)}${variant}"`

/** Whether the caller has it already: If-None-Match, compared weakly (RFC 9110 §13.1.2). */
export function hasAlready(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((one) => {
    const tag = one.trim()
    return tag === '*' || tag.replace(/^W\//, '') === etag
  })
}
