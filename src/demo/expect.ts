import { isDeepStrictEqual } from 'node:util'

/** A step of the story did not hold: what was expected, and what came. */
export class StoryBroken extends Error {
  readonly expected: unknown
  readonly came: unknown

  constructor(what: string, expected: unknown, came: unknown) {
    super(what)
    this.name = 'StoryBroken'
    this.expected = expected
    this.came = came
  }
}

/** Goes on only where both are equal in every part. */
export function expectSame(what: string, came: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(came, expected)) throw new StoryBroken(what, expected, came)
}

/** Goes on only where it holds; `expected` says in words what should have been. */
export function expectThat(what: string, holds: boolean, expected: string, came: unknown): void {
  if (!holds) throw new StoryBroken(what, expected, came)
}

/** What an earlier step has left, or the answer's member that must be there. */
export function expectPresent<T>(what: string, value: T | undefined | null): T {
  if (value === undefined || value === null) throw new StoryBroken(what, 'present', 'missing')
  return value
}

/** Asks again and again until it holds; for what another process does in its own time. */
export async function expectSoon<T>(
  what: string,
  options: { readonly withinMs: number; readonly everyMs: number },
  look: () => Promise<{ readonly done: T } | { readonly came: unknown }>,
): Promise<T> {
  const end = performance.now() + options.withinMs
  for (;;) {
    const found = await look()
    if ('done' in found) return found.done
    if (performance.now() > end) throw new StoryBroken(what, `within ${options.withinMs} ms`, found.came)
    await new Promise((done) => setTimeout(done, options.everyMs))
  }
}
