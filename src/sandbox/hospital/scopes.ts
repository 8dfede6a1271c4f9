/** Letters of SMART 2.0 scopes: create, read, update, delete, search. */
export type Interaction = 'c' | 'r' | 'u' | 'd' | 's'

const LETTERS: readonly Interaction[] = ['c', 'r', 'u', 'd', 's']

interface Scope {
  readonly type: string
  readonly letters: string
}

/** `system/Observation.rs`, `system/*.cruds`, and the SMART 1.0 words read, write and `*`. */
function parseScope(text: string): Scope | undefined {
  const match = /^system\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)$/.exec(text)
  const [, type = '', what = ''] = match ?? []
  if (match === null || what === '') return undefined
  const letters = { read: 'rs', write: 'cud', '*': 'cruds' }[what] ?? what
  return { type, letters }
}

/** True where one of the granted scopes covers the interaction on the type. */
export function covers(granted: readonly string[], type: string, interaction: Interaction): boolean {
  return granted.some((text) => {
    const scope = parseScope(text)
    return scope !== undefined && (scope.type === '*' || scope.type === type) && scope.letters.includes(interaction)
  })
}

/** The requested scopes that the client's registration allows in full. */
export function grantScopes(requested: readonly string[], allowed: readonly string[]): string[] {
  return requested.filter((text) => {
    const scope = parseScope(text)
    return (
      scope !== undefined &&
      LETTERS.every((letter) => !scope.letters.includes(letter) || covers(allowed, scope.type, letter))
    )
  })
}
