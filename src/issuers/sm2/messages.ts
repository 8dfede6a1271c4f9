import { SCALAR_BYTES } from './curve.ts'
import type { Sm2KeyPair, Sm2PublicKey } from './sm2.ts'

/** One signature to check; `key` is the number under which the thread was given the public key. */
export interface CheckJob {
  readonly key: number
  readonly signed: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** What a thread is told. It answers checks and signatures in the order in which they came. */
export type ToThread =
  | { readonly kind: 'key'; readonly key: number; readonly publicKey: Sm2PublicKey }
  | { readonly kind: 'checks'; readonly jobs: Uint8Array }
  | { readonly kind: 'sign'; readonly pair: Sm2KeyPair; readonly message: Uint8Array }

export type FromThread =
  | { readonly kind: 'ready'; readonly faults: readonly string[] }
  /** A byte for each job: 1 where the signature holds. */
  | { readonly kind: 'checked'; readonly results: Uint8Array }
  | { readonly kind: 'signed'; readonly signature: Uint8Array }
  | { readonly kind: 'failed'; readonly why: string }

const SIGNATURE_BYTES = 2 * SCALAR_BYTES
/** Key number and length of what is signed, 4 bytes each, then the signature. */
const HEAD_BYTES = 8 + SIGNATURE_BYTES

/** Many jobs as one run of bytes: objects would cost more to copy between threads than a tenth of the check itself. */
export function packJobs(jobs: readonly CheckJob[]): Uint8Array {
  const total = jobs.reduce((sum, job) => sum + HEAD_BYTES + job.signed.length, 0)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { key, signed, signature } of jobs) {
    view.setUint32(at, key)
    view.setUint32(at + 4, signed.length)
    bytes.set(signature, at + 8)
    bytes.set(signed, at + HEAD_BYTES)
    at += HEAD_BYTES + signed.length
  }
  return bytes
}

export function unpackJobs(bytes: Uint8Array): readonly CheckJob[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const jobs: CheckJob[] = []
  for (let at = 0; at < bytes.length; ) {
    const from = at + HEAD_BYTES
    const end = from + view.getUint32(at + 4)
    jobs.push({
      key: view.getUint32(at),
      signature: bytes.subarray(at + 8, from),
      signed: bytes.subarray(from, end),
    })
    at = end
  }
  return jobs
}

/** Other lengths are no signatures and need not travel. */
export const hasSignatureLength = (signature: Uint8Array): boolean => signature.length === SIGNATURE_BYTES
