import { describe, expect, test } from 'vitest'
import type { Story, ToldStep } from '../../src/demo/facts.ts'
import { html } from '../../src/demo/report/html.ts'
import { renderReport } from '../../src/demo/report/render-report.ts'

const NASTY = `<img src=x onerror="alert(1)">&'`

const told: ToldStep = {
  name: 'verify',
  title: 'Verify',
  titleZh: '核验',
  ok: false,
  ms: 12,
  lines: ['verdict', `expected: ${NASTY}`, 'came: refused'],
  figures: {},
}

const storyOf = (facts: Story['facts']): Story =>
  ({ facts, stack: { hospitals: [], redisUrl: undefined } }) as unknown as Story

const render = (facts: Story['facts'], steps: readonly ToldStep[] = [told]): string =>
  renderReport(storyOf(facts), steps, { startMs: 1, totalMs: 2, planned: 2 })

describe('markup', () => {
  test('escapes what is put into it, in text and in attributes', () => {
    expect(html`<p title="${NASTY}">${NASTY}</p>`.markup).toBe(
      '<p title="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;">&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;</p>',
    )
  })

  test('keeps what was made by it, alone or in a list, and leaves out what is not there', () => {
    expect(html`<ul>${[html`<li>${1}</li>`, html`<li>${'2'}</li>`]}${undefined}</ul>`.markup).toBe(
      '<ul><li>1</li><li>2</li></ul>',
    )
  })
})

describe('the report page', () => {
  test('of a story that broke says which step did not hold, what was expected and what came', () => {
    const page = render({})
    expect(page).toContain('a step did not hold')
    expect(page).toContain('came: refused')
    expect(page).toContain('1 later steps were not told')
    expect(page).not.toContain('<img')
  })

  test('escapes what the service answered', () => {
    const page = render({
      verdicts: [
        {
          shown: NASTY,
          shownZh: NASTY,
          verdict: 'refused',
          reasons: [{ code: NASTY, zh: NASTY, en: NASTY }],
          holder: NASTY,
          ms: 1,
        },
      ],
      records: {
        sources: [{ code: NASTY, name: NASTY, found: 0, outcome: { code: NASTY, severity: NASTY, text: NASTY } }],
        ms: 1,
        healthyMs: 1,
        total: 0,
      },
      audit: NASTY,
    })
    expect(page).not.toContain('<img')
    expect(page.split('&lt;img src=x').length).toBeGreaterThan(10)
  })

  test('fetches nothing: no script, no address, no picture from elsewhere', () => {
    expect(render({}, [{ ...told, lines: [] }])).not.toMatch(/<script|<link|<img|@import|url\(|(?:src|href)=|https?:/)
  })
})
