import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** What a QR picture holds. */
export interface QrPicture {
  readonly text: string
  /** Size of the symbol, 1 to 40. */
  readonly version: number
}

/**
 * Reads the one QR code of a PNG or JPEG; undefined where there is none, or more than one. Only the runner of vectors
 * reads pictures, so the decoder is loaded when the first one comes; by default it would be fetched from the network.
 */
export async function readQrPicture(bytes: Uint8Array): Promise<QrPicture | undefined> {
  const { prepareZXingModule, readBarcodes } = await import('zxing-wasm/reader')
  const wasm = await readFile(fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm')))
  await prepareZXingModule({ overrides: { wasmBinary: new Uint8Array(wasm).buffer }, fireImmediately: true })
  const found = await readBarcodes(new Uint8Array(bytes), { formats: ['QRCode'], tryHarder: true })
  const [first, ...others] = found.filter(({ isValid }) => isValid)
  return first === undefined || others.length > 0 ? undefined : { text: first.text, version: Number(first.version) }
}
