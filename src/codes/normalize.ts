/**
 * Trims, and turns full-width forms (U+FF01 to U+FF5E, typed with a Chinese input method) into ASCII. Not NFKC: that
 * would also turn circled or superscript digits into digits, which nobody means as part of a number.
 */
export function normalizeWidth(input: string): string {
  return input.replace(/[\uFF01-\uFF5E]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).trim()
}

/** Normal form of a personal identity number: normal width, and the check character X in upper case. */
export function normalizePersonalId(input: string): string {
  return normalizeWidth(input).replaceAll('x', 'X')
}
