import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { MOST_BYTES, qrSvg, readQrSvg } from '../../src/cards/qr.ts'
import { CODE_TYPE } from '../../src/cards/token.ts'
import { PURPOSES } from '../../src/cards/types.ts'

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const BASE64URL = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')

/** The longest code there is: eight digits of place, the longest purpose, the longest algorithm. */
const longestCode = (() => {
  const longest = PURPOSES.toSorted((a, b) => b.length - a.length)[0]
  const payload = {
    iss: 'urn:yimatong:510100',
    sub: '01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f',
    jti: 'A'.repeat(22),
    iat: 9_999_999_999,
    exp: 9_999_999_999,
    idx: 99_999_999,
    pur: longest,
  }
  return `${part({ alg: 'SM2-SM3', kid: 'A'.repeat(11), typ: CODE_TYPE })}.${part(payload)}.${'A'.repeat(86)}`
})()

describe('the QR picture of a code', () => {
  it('holds the longest possible code in version 15 with error correction M', () => {
    expect(longestCode.length).toBeLessThanOrEqual(MOST_BYTES)
    const svg = qrSvg(longestCode, 'x')
    const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
    expect(side).toBeLessThanOrEqual(77 + 8)
    expect(readQrSvg(svg)).toBe(longestCode)
  })

  it('is read back by another scanner as well, with error correction M', async () => {
    const svg = qrSvg(longestCode, 'x')
    // From the disk: the package would ask the web for it.
    const wasm = readFileSync(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')))
    await prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(wasm).buffer }, fireImmediately: true })
    const [found] = await readBarcodes(rasterise(svg), { formats: ['QRCode'] })
    expect(found?.text).toBe(longestCode)
    expect(found?.ecLevel).toBe('M')
  })

  it('takes exactly as much as version 15-M holds, and says so of more', () => {
    const most = 'a'.repeat(MOST_BYTES)
    expect(readQrSvg(qrSvg(most, 'x'))).toBe(most)
    expect(() => qrSvg(`${most}a`, 'x')).toThrow('413 bytes; a QR code of version 15-M holds 412.')
    expect(() => qrSvg('', 'x')).not.toThrow()
  })

  it('gives back every text of the length of a code', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...BASE64URL, '.'), { minLength: 200, maxLength: MOST_BYTES }),
        (letters) => {
          expect(readQrSvg(qrSvg(letters.join(''), 'x'))).toBe(letters.join(''))
        },
      ),
      { numRuns: 60 },
    )
  }, 30_000)
})

describe('reading a picture', () => {
  const svg = qrSvg('a code', 'x')

  it.each([
    ['nothing', ''],
    ['a text', 'eyJhbGciOiJFUzI1NiJ9.e30.AA'],
    ['another picture', '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>'],
    ['a picture without modules', svg.replace(/d="M\d+ 4h[^"]*"/, 'd=""')],
    ['a picture with modules outside', svg.replace('d="M4 4h7', 'd="M4 4h700')],
    ['a picture with strange modules', svg.replace('d="M4 4h7', 'd="M4 4H7')],
    ['a picture cut off', svg.slice(0, -20)],
    ['a huge side', svg.replaceAll(/viewBox="0 0 \d+ \d+"/g, 'viewBox="0 0 999 999"')],
    ['a huge text', `${svg}${' '.repeat(200_000)}`],
  ])('refuses %s', (_case, text) => {
    expect(() => readQrSvg(text)).toThrow(TypeError)
  })

  it('refuses or reads rightly what was changed anywhere', () => {
    fc.assert(
      fc.property(fc.nat(svg.length - 1), fc.constantFrom('0', '9', 'h', '<', ' '), (at, letter) => {
        const changed = svg.slice(0, at) + letter + svg.slice(at + 1)
        try {
          expect(readQrSvg(changed)).toBe('a code')
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }),
    )
  })
})

/** Draws the picture by its path alone, independently of the reader under test. */
function rasterise(svg: string) {
  const side = Number(/viewBox="0 0 (\d+) /.exec(svg)?.[1])
  const scale = 6
  const width = side * scale
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; row++) {
      for (let column = Number(x) * scale; column < (Number(x) + Number(run)) * scale; column++) {
        data.fill(0, (row * width + column) * 4, (row * width + column) * 4 + 3)
      }
    }
  }
  return { data, width, height: width }
}
