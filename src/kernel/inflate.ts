import { promisify } from 'node:util'
import { deflate, inflateRawSync, inflateSync } from 'node:zlib'

/**
 * The bytes of one whole compressed stream, or undefined where it is broken, where something follows it, or where it
 * grows beyond `maxBytes`: the limit acts while it inflates, so a bomb costs no more than an honest input.
 */
export function inflateWhole(
  bytes: Uint8Array,
  options: {
    /** `zlib` is RFC 1950, `raw` RFC 1951 without a header. */
    readonly format: 'zlib' | 'raw'
    readonly maxBytes: number
  },
): Buffer | undefined {
  const inflateOne = options.format === 'zlib' ? inflateSync : inflateRawSync
  try {
    // `info` hands out the engine, which knows how much of the input it took; the type of the answer does not say so.
    const settings = { maxOutputLength: options.maxBytes, info: true }
    const { buffer, engine } = inflateOne(bytes, settings) as unknown as {
      readonly buffer: Buffer
      readonly engine: { readonly bytesWritten: number }
    }
    return engine.bytesWritten === bytes.length ? buffer : undefined
  } catch (error) {
    if (isZlibRefusal(error)) return undefined
    throw error
  }
}

/** RFC 1950 in the thread pool, at the highest level: written once, fetched often. */
export function deflateInPool(bytes: Uint8Array): Promise<Buffer> {
  return promisify<Uint8Array, { readonly level: number }, Buffer>(deflate)(bytes, { level: 9 })
}

function isZlibRefusal(error: unknown): boolean {
  const code: unknown = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' && (code.startsWith('Z_') || code === 'ERR_BUFFER_TOO_LARGE')
}
