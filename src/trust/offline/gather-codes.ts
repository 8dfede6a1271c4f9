import { readFile, stat } from 'node:fs/promises'
import { readQrSvg } from '../../cards/index.ts'

const MOST_CODES = 1_000
const MOST_INPUT = 8 * 1024 * 1024
const MOST_PICTURE = 1024 * 1024

/** A SMART Health Card that was cut into several QR codes: `shc:/C/N/`. */
const CHUNK = /^shc:\/\d+\/\d+\//

/**
 * All codes of a call, in order: those named, those on standard input where `-` stands, then those of pictures.
 *
 * @throws Error saying which one cannot be read
 */
export async function gatherCodes(
  from: { readonly codes: readonly string[]; readonly pictures: readonly string[] },
  input: AsyncIterable<Uint8Array | string>,
): Promise<readonly string[]> {
  const shown: string[] = []
  for (const code of from.codes) {
    if (code === '-') shown.push(...splitInput(await readInput(input)))
    else shown.push(code)
  }
  for (const file of from.pictures) shown.push(await readPicture(file))
  const codes = joinChunks(shown)
  if (codes.length === 0) throw new Error('There is no code to verify.')
  if (codes.length > MOST_CODES) throw new Error(`At most ${MOST_CODES} codes at once.`)
  return codes
}

/** One code a line; but a file of SMART Health Cards is one, however many lines it has. */
function splitInput(text: string): readonly string[] {
  return text.startsWith('{') ? [text.trimEnd()] : text.split(/\r?\n/).filter((line) => line !== '')
}

/** Parts of one card make one code. */
function joinChunks(shown: readonly string[]): readonly string[] {
  const chunks = shown.filter((one) => CHUNK.test(one))
  if (chunks.length === 0) return shown
  const first = shown.findIndex((one) => CHUNK.test(one))
  return shown.flatMap((one, at) => (at === first ? [chunks.join(' ')] : CHUNK.test(one) ? [] : [one]))
}

async function readInput(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of input) {
    bytes += chunk.length
    if (bytes > MOST_INPUT) throw new Error('Standard input is too long.')
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function readPicture(file: string): Promise<string> {
  if ((await stat(file)).size > MOST_PICTURE) throw new Error(`${file} is no picture of a code: it is too large.`)
  try {
    return readQrSvg(await readFile(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new Error(`${file} is ${error.message}.`, { cause: error })
  }
}
