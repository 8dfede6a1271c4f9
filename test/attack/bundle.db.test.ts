import { beforeAll, describe, expect, it } from 'vitest'
import { readBundle } from '../../src/trust/offline/read-bundle.ts'
import { useDatabase } from '../support/database.ts'
import { newKey, resign } from '../trust/forge.ts'
import { bundleOf, lineOf, linesOf, useHub } from '../trust/hub.ts'

// What somebody who carries files to an offline verifier can try, to make a revoked card good again.

const hub = useHub(useDatabase())
let card = ''
let before: Buffer = Buffer.alloc(0)
let after: Buffer = Buffer.alloc(0)
let fingerprint = ''

beforeAll(async () => {
  const issued = await hub.issue(0)
  await hub.issue(1, '510600')
  card = issued.card
  before = await hub.fetchBundle()
  await hub.change(issued.cardId, 'revocation')
  // The list of before must not be of the same second as the one of after.
  hub.api.deps.clock.advance(2_000)
  after = await hub.fetchBundle()
  const read = await readBundle(after, () => true)
  fingerprint = read.ok ? read.bundle.fingerprint : ''
}, 60_000)

const faultOf = async (bytes: Buffer): Promise<string> => {
  const read = await readBundle(bytes, (key) => key.fingerprint === fingerprint)
  return read.ok ? 'none' : read.fault
}

const swapped = (part: string): string[] => {
  const lines = linesOf(after)
  lines[lineOf(after, part)] = linesOf(before)[lineOf(before, part)] as string
  return lines
}

const verify = async (dataDir: string, name: string, bundle: Buffer, more: readonly string[] = []) =>
  await hub.verify(['--json', '--bundle', await hub.keep(name, bundle), ...more, card], { dataDir })

describe('an older status list', () => {
  it('in the place of the newer one is refused: the bundle is signed over its parts', async () => {
    expect(await faultOf(after)).toBe('none')
    expect(await faultOf(bundleOf(swapped('status-list:510100')))).toBe('parts-changed')
    // With the older manifest, which is genuine, the newer parts are not the ones that it names.
    expect(await faultOf(bundleOf([linesOf(before)[0] as string, ...linesOf(after).slice(1)]))).toBe('parts-changed')
  })

  it('is refused under a manifest written anew, whoever signs that', async () => {
    const forged = resign(after, newKey(), { parts: () => swapped('status-list:510100').slice(1) })
    expect(await faultOf(forged)).toBe('key-unknown')
  })

  it('of another city in its place is refused', async () => {
    const lines = linesOf(after)
    const [own, other] = [lineOf(after, 'status-list:510100'), lineOf(after, 'status-list:510600')]
    expect(Math.min(own, other)).toBeGreaterThan(0)
    lines[own] = lines[other] as string
    expect(await faultOf(bundleOf(lines))).toBe('parts-changed')
  })
})

describe('a whole older bundle', () => {
  it('shows the card as revoked in the newer one, and cannot be brought back after it', async () => {
    const dataDir = `${hub.dir}/roll-back`
    const first = await verify(dataDir, 'after', after, ['--key', fingerprint])
    expect(first.out).toContain('"revoked"')
    const again = await verify(dataDir, 'before', before)
    expect(again.exit).not.toBe(0)
    expect(`${again.out}${again.err}`).not.toContain('"accepted"')
    expect(`${again.out}${again.err}`).toMatch(/older/i)
    // The verifier goes on with the newer one.
    expect((await verify(dataDir, 'after-again', after)).out).toContain('"revoked"')
  })
})
