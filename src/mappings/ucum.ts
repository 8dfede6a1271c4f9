import { createRequire } from 'node:module'
import { divide, isDecimalText, multiply } from './decimal.ts'

/** As much of the package as is used; it comes without types. */
interface UcumUtils {
  validateUnitString(unit: string): { readonly status: string; readonly unit?: { readonly code?: unknown } }
  convertUnitTo(
    from: string,
    value: number,
    to: string,
    options: Readonly<Record<string, never>>,
  ): { readonly status: string; readonly toVal?: number | null }
}

const require = createRequire(import.meta.url)
let utils: UcumUtils | undefined

/** Loaded when first needed (40 ms, 10 MB): a process that converts nothing does not pay for it. */
function ucum(): UcumUtils {
  utils ??= (
    require('@lhncbc/ucum-lhc') as { readonly UcumLhcUtils: { getInstance(): UcumUtils } }
  ).UcumLhcUtils.getInstance()
  return utils
}

/** No unit of laboratory medicine is longer; the package's parser is not handed more. */
const MAX_UNIT = 60
const UNIT = /^[\x21-\x7e]+$/

/** Units come from other systems: remembering what was asked must not let them fill the memory. */
const MAX_REMEMBERED = 5_000
const known = new Map<string, boolean>()
const factors = new Map<string, Factor | undefined>()

/** Whether the text is a unit of UCUM (case-sensitive form). */
export function isUcum(unit: string): boolean {
  if (unit.length > MAX_UNIT || !UNIT.test(unit) || namesProperty(unit)) return false
  return remembered(known, unit, () => {
    const { status, unit: found } = ucum().validateUnitString(unit)
    return status === 'valid' && found?.code !== undefined
  })
}

/** The package looks units up in plain objects and takes "constructor" for one of them. */
const namesProperty = (unit: string): boolean => unit.split(/[^A-Za-z_]+/).some((word) => word !== '' && word in {})

type Factor = { readonly multiply: string } | { readonly divide: string }

/** Significant digits of a quotient: more than any analyser measures. */
const QUOTIENT_DIGITS = 12
/** The package computes in floats, whose last digits are noise. */
const FACTOR_DIGITS = 12
/** Factors between units have few digits (10^n, 60, 133.322); what has more is one divided by something that has few. */
const CLEAN_DIGITS = 8

/**
 * The value in another unit, as an exact decimal; undefined where the units do not lead to one another by a constant
 * factor alone. Mass and amount of substance need the molar mass, arbitrary units the assay: such a step is never made
 * here, only by the factor of a confirmed mapping.
 */
export function convert(value: string, from: string, to: string): string | undefined {
  if (!isDecimalText(value) || !isUcum(from) || !isUcum(to)) return undefined
  if (from === to) return value
  const factor = remembered(factors, `${from}\n${to}`, () => factorOf(from, to))
  if (factor === undefined) return undefined
  return 'multiply' in factor ? multiply(value, factor.multiply) : divide(value, factor.divide, QUOTIENT_DIGITS)
}

function factorOf(from: string, to: string): Factor | undefined {
  // UCUM gives an annotation no meaning; "mL/min/{1.73_m2}" is another quantity than "mL/min" all the same.
  if (annotations(from) !== annotations(to)) return undefined
  const [one, two] = [scaled(from, to, 1), scaled(from, to, 2)]
  if (one === undefined || two === undefined || one <= 0) return undefined
  // Degrees and logarithms are no constant factor.
  if (Math.abs(two / one - 2) > 1e-9) return undefined
  const direct = Number(one.toPrecision(FACTOR_DIGITS)).toString()
  const inverse = Number((1 / one).toPrecision(FACTOR_DIGITS)).toString()
  return digitsOf(inverse) <= CLEAN_DIGITS && digitsOf(direct) > CLEAN_DIGITS
    ? { divide: inverse }
    : { multiply: direct }
}

function scaled(from: string, to: string, value: number): number | undefined {
  const { status, toVal } = ucum().convertUnitTo(from, value, to, {})
  return status === 'succeeded' && typeof toVal === 'number' && Number.isFinite(toVal) ? toVal : undefined
}

const annotations = (unit: string): string => (unit.match(/\{[^}]*\}/g) ?? []).toSorted().join('')

const digitsOf = (text: string): number =>
  (text.split('e')[0] ?? '').replace(/^-?0?\.?0*|\./g, '').replace(/0+$/, '').length

function remembered<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const found = memory.get(key)
  if (found !== undefined || memory.has(key)) return found as T
  if (memory.size >= MAX_REMEMBERED) memory.clear()
  const made = make()
  memory.set(key, made)
  return made
}
