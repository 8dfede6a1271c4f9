import { randomBytes } from 'node:crypto'
import { CommandError } from './command.ts'

/** Prints a keyring for YMT_KEYRING_FILE. It is a secret: redirect it to a file that only the service can read. */
export async function runKeyring(args: readonly string[]): Promise<void> {
  if (args.some((arg) => arg !== '--sm4')) throw new CommandError('Usage: keyring [--sm4]')
  const sm4 = args.includes('--sm4')
  const key = (bytes: number): string => randomBytes(bytes).toString('base64url')
  const stamp = randomBytes(3).toString('hex')
  const ring = {
    field: {
      active: `f-${stamp}`,
      keys: [{ id: `f-${stamp}`, alg: sm4 ? 'SM4-GCM' : 'AES-256-GCM', key: key(sm4 ? 16 : 32) }],
    },
    index: {
      active: `i-${stamp}`,
      keys: [{ id: `i-${stamp}`, alg: sm4 ? 'HMAC-SM3' : 'HMAC-SHA-256', key: key(32) }],
    },
  }
  process.stdout.write(`${JSON.stringify(ring, null, 2)}\n`)
}
