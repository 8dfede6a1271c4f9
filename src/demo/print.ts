import type { ToldStep } from './facts.ts'

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
const paint =
  (code: number) =>
  (text: string): string =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text
const bold = paint(1)
const dim = paint(2)
const red = paint(31)
const green = paint(32)

const write = (line: string): void => void process.stdout.write(`${line}\n`)

export const printLine = (line: string): void => write(dim(line))

export function printStep(step: ToldStep, number: number): void {
  const mark = step.ok ? green('✓') : red('✗')
  write(`\n${mark} ${bold(`${number}. ${step.title}`)}  ${step.titleZh}  ${dim(`${step.ms} ms`)}`)
  for (const line of step.lines) write(`    ${step.ok ? line : red(line)}`)
}

/** The closing table. */
export function printTable(told: readonly ToldStep[], planned: number): void {
  const width = Math.max(...told.map((one) => widthOf(`${one.title} ${one.titleZh}`)))
  write(`\n${'─'.repeat(width + 22)}`)
  for (const [index, one] of told.entries()) {
    const text = `${one.title} ${one.titleZh}`
    const mark = one.ok ? green('held 成立') : red('BROKEN 不成立')
    write(
      `${String(index + 1).padStart(2)}  ${text}${' '.repeat(width - widthOf(text))}  ${String(one.ms).padStart(6)} ms  ${mark}`,
    )
  }
  if (told.length < planned) write(red(`    ${planned - told.length} later steps were not told.`))
  write('─'.repeat(width + 22))
}

/** Columns on a screen: CJK characters and full-width signs take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += /[\u2e80-\ua4cf\uf900-\ufaff\uff00-\uff60]/u.test(character) ? 2 : 1
  return width
}
