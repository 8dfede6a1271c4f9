/** Markup that may stand in a page as it is. Made by {@link html} only. */
export interface Html {
  readonly markup: string
}

type Part = Html | string | number | undefined | readonly Html[]

/** A template whose values are escaped, in text and in quoted attributes alike; parts made by itself stay markup. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const markup = texts.map((text, index) => text + (index < parts.length ? show(parts[index]) : '')).join('')
  return { markup }
}

/** Fixed text of ours, such as the style sheet; never anything that came from an answer. */
export const trusted = (markup: string): Html => ({ markup })

const show = (part: Part): string => {
  if (part === undefined) return ''
  if (typeof part === 'object') return 'markup' in part ? part.markup : part.map((one) => one.markup).join('')
  return String(part).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '')
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A section with both titles and one sentence that says what is to be seen. */
export const section = (title: string, titleZh: string, lead: string, content: Html): Html => html`<section>
<h2>${title} <span lang="zh">${titleZh}</span></h2>
<p class="lead">${lead}</p>
${content}
</section>`

export const ms = (value: number): string => `${value < 100 ? Math.round(value * 10) / 10 : Math.round(value)} ms`
