import { describe, expect, test } from 'vitest'
import { escapeHtml, pagePolicy, prefersHtml } from '../../src/http/html-page.ts'

describe('a page', () => {
  test('shows text as text, in elements and attributes', () => {
    expect(escapeHtml(`<img src="x" onerror='a()'>&amp;`)).toBe(
      '&lt;img src=&quot;x&quot; onerror=&#39;a()&#39;&gt;&amp;amp;',
    )
    expect(escapeHtml('中文')).toBe('中文')
  })

  test('allows its one style by digest and nothing else', () => {
    const policy = pagePolicy('p{}')
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; /)
    expect(policy).not.toContain('unsafe')
    expect(pagePolicy('p{ }')).not.toBe(policy)
  })

  test.each([
    [undefined, false],
    ['', false],
    ['*/*', false],
    ['application/json', false],
    ['text/html', true],
    ['TEXT/HTML;q=0.9, application/json', true],
    ['application/json, text/html', false],
    ['application/xhtml+xml, text/html', true],
  ])('is preferred by Accept %s: %s', (accept, preferred) => {
    expect(prefersHtml(accept)).toBe(preferred)
  })
})
