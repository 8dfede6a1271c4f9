import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/kernel/money.ts'
import { manualClock } from '../../src/kernel/time.ts'
import { figuresOf } from '../../src/recognition/figures.ts'
import { toCsv } from '../../src/recognition/figures-csv.ts'
import { isGoodLink, signLink } from '../../src/recognition/figures-link.ts'
import { PAGE_POLICY, renderFigures } from '../../src/recognition/figures-page.ts'
import type { FigureRow } from '../../src/recognition/figures-store.ts'
import { testKeyring } from '../support/deps.ts'
import { item, REASONS } from './facts.ts'

const row = (changes: Partial<FigureRow>): FigureRow => ({
  department: 'D1',
  item: 'K',
  outcome: 'recognised',
  reasonCode: null,
  eCode: null,
  inRate: true,
  usedOutside: false,
  count: 1,
  savedFen: fen(0n),
  unpriced: 0,
  ...changes,
})

const ROWS: readonly FigureRow[] = [
  row({ count: 6, savedFen: fen(4_800n) }),
  row({ department: null, item: 'GLU', count: 1, unpriced: 1 }),
  row({ outcome: 'not-recognised', reasonCode: '01', count: 1 }),
  row({ outcome: 'not-recognised', reasonCode: '07', count: 2, department: 'D2' }),
  row({ outcome: 'not-recognised', reasonCode: '99', inRate: false, count: 1 }),
  row({ outcome: 'open', count: 1 }),
  row({ outcome: 'open', inRate: false, count: 2 }),
  row({ outcome: 'not-eligible', eCode: 'E09', inRate: false, count: 3 }),
  row({ outcome: 'not-eligible', eCode: 'E06', inRate: false, count: 1, usedOutside: true }),
  row({ outcome: 'pending', eCode: 'E97', inRate: false, item: null, count: 4 }),
  row({ outcome: 'reopened', inRate: false, count: 1 }),
]
const figures = (rows = ROWS, name: string | null = '示范医院') =>
  figuresOf(
    { institution: 'H51060300001', name, month: '2026-04' },
    { rows, shared: { shared: 9, accepted: 7, refused: 1 }, repeats: { checked: 5, undecided: 2 } },
    { catalogue: { newest: (code) => (code === 'K' ? item('K') : undefined) }, reasons: REASONS },
  )

describe('the figures of a month', () => {
  it('have countable results alone in the rate, an overdue emergency item among them', () => {
    // 7 recognised; 1 + 2 with a countable reason and 1 overdue.
    expect(figures()).toMatchObject({ recognised: 7, notRecognised: 4, rateBasisPoints: 6364 })
  })

  it('tell what is in neither part of the rate', () => {
    expect(figures()).toMatchObject({
      notCountable: 1,
      open: 2,
      pending: 4,
      notEligible: 4,
      reopened: 1,
      usedOutside: 1,
      shared: 9,
      sharedAccepted: 7,
      repeatedWithoutDecision: 2,
    })
  })

  it('add up what was saved and say of how many it is not known', () => {
    expect(figures()).toMatchObject({ savedFen: 4_800n, unpriced: 1 })
  })

  it('give the share of each reason and each E-code, and of 07 and 08 together, also by department', () => {
    const { reasons, eligibility, ownJudgementBasisPoints, departments } = figures()
    expect(reasons.map((one) => [one.code, one.count, one.shareBasisPoints])).toEqual([
      ['01', 1, 2500],
      ['07', 2, 5000],
      ['99', 1, 2500],
    ])
    expect(eligibility.map((one) => [one.code, one.count])).toEqual([
      ['E06', 1],
      ['E09', 3],
      ['E97', 4],
    ])
    expect(ownJudgementBasisPoints).toBe(5000)
    expect(departments.map((one) => [one.department, one.ownJudgementBasisPoints])).toEqual([
      ['D1', 0],
      ['D2', 10_000],
      [null, null],
    ])
  })

  it('have no rate where nothing counts', () => {
    expect(figures([])).toMatchObject({ rateBasisPoints: null, ownJudgementBasisPoints: null, reasons: [] })
  })
})

describe('the figures as CSV', () => {
  it('have a mark for spreadsheets, a header and a line for each group', () => {
    const lines = toCsv(figures()).split('\r\n')
    expect(lines[0]?.startsWith('\uFEFFmonth 月份,')).toBe(true)
    expect(lines).toHaveLength(ROWS.length + 2)
    expect(lines[1]).toBe('2026-04,H51060300001,D1,K,recognised,,,1,0,6,48.00')
  })

  it('begin no cell as a formula and quote what would break a line', () => {
    const text = toCsv(figures([row({ department: '=1+1' }), row({ department: '-a"b,c\nd' })]))
    expect(text).toContain(",'=1+1,")
    expect(text).toContain(`,"'-a""b,c\nd",`)
  })
})

describe('the page of the figures', () => {
  it('shows Chinese first and English below, with charts drawn in the page', () => {
    const page = renderFigures(figures())
    expect(page).toContain('<html lang="zh-CN">')
    expect(page).toContain('互认率<b>63.64%</b><span class="en">Recognition rate</span>')
    expect(page).toContain('<b>48.00</b>')
    expect(page.match(/<svg /g)?.length).toBe(4)
    expect(page).toContain('role="img" aria-label="已互认 7')
  })

  it('has dark colours and a form for paper, and loads and runs nothing', () => {
    const page = renderFigures(figures())
    expect(page).toContain('prefers-color-scheme:dark')
    expect(page).toContain('@media print')
    expect(page).not.toMatch(/<script|https?:\/\/|\bsrc=| on\w+=|url\(|@import/)
  })

  it('names its one style by its digest and allows nothing else', () => {
    const style = /<style>(.*?)<\/style>/s.exec(renderFigures(figures()))?.[1] ?? ''
    expect(PAGE_POLICY).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(PAGE_POLICY).toContain("default-src 'none'")
    expect(PAGE_POLICY).not.toContain('unsafe')
  })

  it('writes names as text, whatever stands in them', () => {
    const page = renderFigures(
      figures([row({ department: '<img src=x onerror=alert(1)>' })], '"><script>alert(1)</script>'),
    )
    expect(page).not.toContain('<script>')
    expect(page).not.toContain('<img')
    expect(page).toContain('&lt;script&gt;')
  })

  it('says so where nothing was decided', () => {
    const page = renderFigures(figures([]))
    expect(page).toContain('本月无数据')
    expect(page).toContain('<b>–</b>')
  })
})

describe('a link to the page', () => {
  const clock = manualClock('2026-04-20T02:00:00Z')
  const deps = { keyring: testKeyring, clock }
  const link = signLink(deps, { institution: 'H51060300001', month: '2026-04' })

  it('is good for its institution and month, and for five minutes', () => {
    expect(isGoodLink(deps, link)).toBe(true)
    expect(isGoodLink(deps, { ...link, institution: 'H51010400001' })).toBe(false)
    expect(isGoodLink(deps, { ...link, month: '2026-05' })).toBe(false)
    expect(isGoodLink(deps, { ...link, until: link.until + 1 })).toBe(false)
    expect(isGoodLink(deps, { ...link, signature: `A${link.signature.slice(1)}B` })).toBe(false)
    expect(isGoodLink({ keyring: testKeyring, clock: manualClock('2026-04-20T02:04:59Z') }, link)).toBe(true)
    expect(isGoodLink({ keyring: testKeyring, clock: manualClock('2026-04-20T02:05:00Z') }, link)).toBe(false)
  })
})
