import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { variables } from '../../src/kernel/config.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const READMES = ['README.md', 'README.zh-CN.md'] as const
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** Text outside code blocks: what stands inside one is neither a heading nor a link. */
const prose = (text: string): string => text.replace(/^```.*?^```/gms, '')

const headingLevels = (text: string): string[] =>
  [...prose(text).matchAll(/^(#+) /gm)].map(([, marks]) => marks as string)

/** Rows of the table under a heading, each as its cells. */
function tableAfter(text: string, heading: RegExp): string[][] {
  const start = text.search(heading)
  const end = text.indexOf('\n## ', start + 1)
  return text
    .slice(start, end)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
}

/** Folders that hold no documentation of ours. */
const SKIPPED = new Set(['node_modules', '.git', '.data', 'coverage', 'results'])

function markdownFiles(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return []
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return markdownFiles(path)
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : []
  })
}

/** Anchor that a heading gets: lower case, blanks to hyphens, other signs dropped. */
const anchors = (text: string): string[] =>
  [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Relative links of a file that lead nowhere. */
function brokenLinks(file: string): string[] {
  const text = read(file)
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
    const [path = '', anchor] = (target as string).split('#')
    if (/^[a-z]+:/.test(target as string)) return []
    const to = path === '' ? file : join(dirname(file), path)
    if (!existsSync(join(ROOT, to))) return [`${file}: ${target}`]
    return anchor === undefined || anchors(read(to)).includes(anchor) ? [] : [`${file}: ${target}`]
  })
}

describe.each(READMES)('%s', (file) => {
  it('lists every setting with its default, in the order of the code', () => {
    const rows = tableAfter(read(file), /^## (Configuration|配置)$/m)
    expect(rows.map(([name, fallback]) => ({ name, fallback }))).toEqual(
      variables.map((one) => ({
        name: `\`${one.name}\``,
        fallback: one.fallback === undefined ? '–' : `\`${one.fallback}\``,
      })),
    )
  })

  it('lists every command, in the order of the code', () => {
    const rows = tableAfter(read(file), /^## (Commands|命令)$/m)
    expect(rows.map(([usage]) => /^`([\w-]+)/.exec(usage ?? '')?.[1])).toEqual(commands.map((one) => one.name))
  })

  it('shows the addresses, clients and files of the examples that npm start prints', () => {
    const printed = read('src/sandbox/welcome.ts') + read('src/sandbox/token-command.ts')
    for (const part of ['/cards/verify', '/fhir/DiagnosticReport?patient=', '/settlement/claims']) {
      expect(printed).toContain(part)
      expect(read(file)).toContain(`http://127.0.0.1:8080${part}`)
    }
    for (const part of ['X-Purpose-Of-Use: TREAT', 'Idempotency-Key: my-first', 'npm run -s token --']) {
      expect(printed).toContain(part)
      expect(read(file)).toContain(part)
    }
  })
})

describe('the documentation', () => {
  it('has the same headings, level by level, in both languages', () => {
    const [english, chinese] = READMES.map((file) => headingLevels(read(file)))
    expect(english?.length).toBeGreaterThan(10)
    expect(chinese).toEqual(english)
  })

  it('shows the same program for getting a token in both languages', () => {
    const program = (file: string): string | undefined => /^```js\n.*?\n(.*?)^```/ms.exec(read(file))?.[1]
    expect(program('README.md')).toContain('/oauth/token')
    expect(program('README.zh-CN.md')).toBe(program('README.md'))
  })

  it('has no relative link that leads nowhere', () => {
    const files = markdownFiles(ROOT)
    expect(files).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'docs/glossary.md']))
    expect(files.flatMap(brokenLinks)).toEqual([])
  })

  it('keeps ARCHITECTURE.md short and names only files that exist', () => {
    const text = read('ARCHITECTURE.md')
    expect(text.split('\n').length).toBeLessThanOrEqual(200)
    const named = new Set([...text.matchAll(/\bsrc\/[\w./-]*[\w/]/g)].map(([path]) => path))
    expect(named.size).toBeGreaterThan(40)
    expect([...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const slices = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(slices.filter(({ name }) => !named.has(`src/${name}`) && !named.has(`src/${name}/`))).toEqual([])
  })

  it('has a page in every folder of src', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(folders.map(({ name }) => name).filter((name) => !existsSync(join(ROOT, 'src', name, 'README.md')))).toEqual(
      [],
    )
  })

  it('numbers every decision once', () => {
    const numbers = readdirSync(join(ROOT, 'docs/decisions')).map((file) => file.slice(0, 4))
    expect(numbers.every((one) => /^\d{4}$/.test(one))).toBe(true)
    expect(new Set(numbers).size).toBe(numbers.length)
  })
})
