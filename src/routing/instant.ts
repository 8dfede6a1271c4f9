import { routingError } from './errors.ts'

/** An instant of a query or body; left out, there is none. */
export function instant(text: string | undefined, pointer: string): Date | undefined {
  if (text === undefined) return undefined
  const at = new Date(text)
  if (Number.isNaN(at.getTime()) || at.getTime() < 0) {
    throw routingError('instant-invalid', { errors: [{ pointer, detail: 'is no instant' }] })
  }
  return at
}
