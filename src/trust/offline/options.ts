import { parseArgs } from 'node:util'
import { PURPOSES, type Purpose } from '../../cards/index.ts'

/** What `verify` was asked. */
export interface VerifyOptions {
  readonly bundle: string
  /** Codes as given; `-` stands for those on standard input. */
  readonly codes: readonly string[]
  /** Pictures (SVG) of codes. */
  readonly pictures: readonly string[]
  readonly purpose: Purpose
  readonly institution: string | undefined
  /** Milliseconds since 1970; undefined = now. */
  readonly atMs: number | undefined
  /** Fingerprint of the hub's key, or a file with its JWK. */
  readonly key: string | undefined
  readonly allowOlder: boolean
  readonly json: boolean
}

export const USAGE = `Usage: npm run -s verify -- --bundle FILE [OPTIONS] CODE...
  --bundle FILE       trust bundle, from GET /trust/bundle of the hub
  CODE                a card, a dynamic code, a health code, shc:/... or HC1:...; - reads them from standard input, one a line
  --qr FILE           an SVG of /cards/{id}/code.svg instead of a code; may be repeated
  --purpose NAME      ${PURPOSES.join(', ')} (check-in)
  --institution CODE  national code of the institution where the code is shown
  --at INSTANT        verify as of then, e.g. 2026-11-24T07:00:00Z (now)
  --key KEY           fingerprint of the hub's bundle key, or a file with its JWK
  --allow-older       take a bundle that is older than the newest one seen
  --json              one line of JSON for each code
Exit code: 0 all accepted, 1 one refused, 2 wrong call or bundle not good.
`

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** @throws Error saying what is wrong with the call */
export function readVerifyOptions(args: readonly string[]): VerifyOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      bundle: { type: 'string' },
      qr: { type: 'string', multiple: true },
      purpose: { type: 'string' },
      institution: { type: 'string' },
      at: { type: 'string' },
      key: { type: 'string' },
      'allow-older': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  if (values.bundle === undefined) throw new Error('Name a bundle: --bundle FILE.')
  const pictures = values.qr ?? []
  if (positionals.length + pictures.length === 0)
    throw new Error('Name a code, or - to read codes from standard input.')
  const purpose = PURPOSES.find((one) => one === (values.purpose ?? 'check-in'))
  if (purpose === undefined) throw new Error(`--purpose must be one of ${PURPOSES.join(', ')}.`)
  const atMs = values.at === undefined ? undefined : INSTANT.test(values.at) ? Date.parse(values.at) : Number.NaN
  if (Number.isNaN(atMs)) throw new Error('--at must be an instant with its zone, e.g. 2026-11-24T07:00:00Z.')
  return {
    bundle: values.bundle,
    codes: positionals,
    pictures,
    purpose,
    institution: values.institution,
    atMs,
    key: values.key,
    allowOlder: values['allow-older'] ?? false,
    json: values.json ?? false,
  }
}
