/** What the command line asks for. */
export interface Options {
  readonly names: readonly string[]
  /** Cases to measure; with what they are compared with. Undefined: all of them. */
  readonly only: ReadonlySet<string> | undefined
  /** Length of one measurement of one case. */
  readonly seconds: number
  /** How often each case is measured, all cases in turn. */
  readonly rounds: number
  readonly json: boolean
}

/** A bench as the command line knows it. */
export interface KnownBench {
  readonly name: string
  readonly cases: readonly string[]
}

export const USAGE = `npm run bench -- [NAME …] [--only CASE[,CASE …]] [--seconds N] [--rounds N] [--json]

  NAME         which benches to run; all of them when left out
  --only CASES which cases to measure, separated by commas; all of them when left out
  --seconds N  length of one measurement, 1 to 60 (default 5)
  --rounds N   measurements of each case, taken in turn, 3 to 20 (default 5)
  --json       one JSON array of rows on stdout and nothing else
`

/** @throws Error that says what is wrong and lists the usage. */
export function parseOptions(args: readonly string[], known: readonly KnownBench[]): Options {
  const names: string[] = []
  const wanted: string[] = []
  const options = { seconds: 5, rounds: 5, json: false }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (arg === '--json') options.json = true
    else if (arg === '--only') wanted.push(...(args[++at] ?? '').split(','))
    else if (arg === '--seconds') options.seconds = whole(arg, args[++at], { min: 1, max: 60 })
    else if (arg === '--rounds') options.rounds = whole(arg, args[++at], { min: 3, max: 20 })
    else if (known.some((bench) => bench.name === arg)) names.push(arg)
    else {
      const list = known.map((bench) => bench.name).join(', ')
      throw new Error(`There is no bench or option "${arg}"; the benches are ${list}.\n\n${USAGE}`)
    }
  }
  const named = names.length === 0 ? known : known.filter((bench) => names.includes(bench.name))
  const cases = named.flatMap((bench) => bench.cases)
  const stranger = wanted.find((one) => !cases.includes(one))
  if (stranger !== undefined) {
    throw new Error(`There is no case "${stranger}"; the cases are ${cases.join(', ')}.\n\n${USAGE}`)
  }
  const only = wanted.length === 0 ? undefined : new Set(wanted)
  const chosen = named.filter((bench) => only === undefined || bench.cases.some((one) => only.has(one)))
  return { names: chosen.map((bench) => bench.name), only, ...options }
}

function whole(name: string, text: string | undefined, { min, max }: { min: number; max: number }): number {
  const number = Number(text)
  if (text === undefined || !/^\d+$/.test(text) || number < min || number > max) {
    throw new Error(`${name} needs a whole number from ${min} to ${max}.\n\n${USAGE}`)
  }
  return number
}
