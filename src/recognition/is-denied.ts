import { AppError } from '../kernel/errors.ts'

/** True where the person or the policy does not let the institution read: an answer, and no fault of the request. */
export function isDenied(error: unknown): boolean {
  return error instanceof AppError && error.code === 'records.access-denied'
}
