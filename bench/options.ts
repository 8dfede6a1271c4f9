/** What the command line asks for. */
export interface Options {
  readonly names: readonly string[]
  /** Length of one measurement of one case. */
  readonly seconds: number
  /** How often each case is measured, all cases in turn. */
  readonly rounds: number
  readonly json: boolean
}

export const USAGE = `npm run bench -- [NAME …] [--seconds N] [--rounds N] [--json]

  NAME         which benches to run; all of them when left out
  --seconds N  length of one measurement, 1 to 60 (default 5)
  --rounds N   measurements of each case, taken in turn, 3 to 20 (default 5)
  --json       one JSON array of rows on stdout and nothing else
`

/** @throws Error that says what is wrong and lists the usage. */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const names: string[] = []
  const options = { seconds: 5, rounds: 5, json: false }
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string
    if (arg === '--json') options.json = true
    else if (arg === '--seconds') options.seconds = whole(arg, args[++at], { min: 1, max: 60 })
    else if (arg === '--rounds') options.rounds = whole(arg, args[++at], { min: 3, max: 20 })
    else if (known.includes(arg)) names.push(arg)
    else throw new Error(`There is no bench or option "${arg}"; the benches are ${known.join(', ')}.\n\n${USAGE}`)
  }
  return { names: names.length > 0 ? [...new Set(names)] : known, ...options }
}

function whole(name: string, text: string | undefined, { min, max }: { min: number; max: number }): number {
  const number = Number(text)
  if (text === undefined || !/^\d+$/.test(text) || number < min || number > max) {
    throw new Error(`${name} needs a whole number from ${min} to ${max}.\n\n${USAGE}`)
  }
  return number
}
