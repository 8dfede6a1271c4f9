import encodeQr from 'qr'
import decodeQr from 'qr/decode.js'
import { cardsError } from './errors.ts'

/** Bytes that a QR code of version 15 with error correction M holds (ISO/IEC 18004): what cheap scanners still read. */
export const MOST_BYTES = 412
const LARGEST_SIDE = 77
/** Modules of white around the code that scanners need. */
const QUIET = 4
const PIXELS_A_MODULE = 4

/**
 * The QR code of a card or code as an SVG picture. The picture holds the modules and a title that is the same for
 * everybody: nothing of the person.
 *
 * @throws `cards.code-too-long`
 */
export function qrSvg(text: string, title: string): string {
  const bytes = Buffer.byteLength(text)
  const modules = bytes > MOST_BYTES ? [] : encodeQr(text, 'raw', { ecc: 'medium', border: QUIET, encoding: 'byte' })
  const side = modules.length
  if (side === 0 || side - 2 * QUIET > LARGEST_SIDE) {
    throw cardsError('code-too-long', { detail: `${bytes} bytes; a QR code of version 15-M holds ${MOST_BYTES}.` })
  }
  const size = side * PIXELS_A_MODULE
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${size}" height="${size}" role="img"`,
    ` aria-label="${title}" shape-rendering="crispEdges"><title>${title}</title>`,
    `<path fill="#fff" d="M0 0h${side}v${side}h-${side}z"/>`,
    `<path fill="#000" d="${modules.map(rowPath).join('')}"/></svg>\n`,
  ].join('')
}

/** The dark modules of a row as runs of one module's height. */
function rowPath(row: readonly boolean[], y: number): string {
  let path = ''
  for (let x = 0; x < row.length; x++) {
    if (row[x] !== true) continue
    const from = x
    while (row[x + 1] === true) x++
    const run = x + 1 - from
    path += `M${from} ${y}h${run}v1h-${run}z`
  }
  return path
}

const FORM =
  /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 (\d{2,3}) \1"[^<>]*>(?:<title>[^<>]*<\/title>)?<path fill="#fff" d="[^"<>]*"\/><path fill="#000" d="([^"<>]*)"\/><\/svg>\s*$/
const RUN = /M(\d+) (\d+)h(\d+)v1h-\3z/y
/** Ours have some 20 kB. */
const LONGEST_SVG = 200_000

/**
 * Reads a picture of {@link qrSvg} back, as a scanner would read it from paper: by its modules.
 *
 * @throws TypeError for anything else than such a picture
 */
export function readQrSvg(svg: string): string {
  const [, side = '', path = ''] = (svg.length > LONGEST_SVG ? null : FORM.exec(svg)) ?? []
  const modules = Number(side)
  if (modules === 0 || modules > LARGEST_SIDE + 2 * QUIET) throw notOurs()
  const width = modules * PIXELS_A_MODULE
  const data = new Uint8Array(width * width * 4).fill(255)
  RUN.lastIndex = 0
  while (RUN.lastIndex < path.length) {
    const run = RUN.exec(path)
    if (run === null) throw notOurs()
    const [x, y, length] = [Number(run[1]), Number(run[2]), Number(run[3])]
    if (y >= modules || x + length > modules) throw notOurs()
    for (let line = y * PIXELS_A_MODULE; line < (y + 1) * PIXELS_A_MODULE; line++) {
      const from = line * width + x * PIXELS_A_MODULE
      for (let pixel = from; pixel < from + length * PIXELS_A_MODULE; pixel++) data.fill(0, pixel * 4, pixel * 4 + 3)
    }
  }
  try {
    // The limit is for live pictures of a camera; here nothing comes after.
    return decodeQr({ width, height: width, data }, { timeLimit: 10_000 })
  } catch (error) {
    throw notOurs(error)
  }
}

const notOurs = (cause?: unknown): TypeError =>
  new TypeError('not a QR code as /cards/{id}/code.svg draws it', { cause })
