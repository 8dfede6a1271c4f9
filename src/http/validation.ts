import AjvCompiler from '@fastify/ajv-compiler'
import type { App } from './app-type.ts'

const base = { removeAdditional: false, allErrors: false } as const

/**
 * Two Ajvs. Bodies are taken as they are: coercion would turn "1" into 1 and drop unknown fields without a word,
 * which is wrong for money. Query, params and headers arrive as text and must be coerced.
 * `allErrors` stays off: collecting every error of a hostile body would burn the server's time.
 */
export function useValidation(app: App): void {
  const make = AjvCompiler()
  const body = make({}, { customOptions: { ...base, coerceTypes: false, useDefaults: false } } as never)
  const rest = make({}, { customOptions: { ...base, coerceTypes: 'array', useDefaults: true } } as never)
  app.setValidatorCompiler((route) => (route.httpPart === 'body' ? body : rest)(route as never) as never)
}
