import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../src/http/access.ts'
import { systemClock } from '../../src/kernel/time.ts'
import { useDatabase } from '../support/database.ts'
import { CHENGDU, DEYANG, useEmergency } from './emergency.ts'

// The commands of docs/healthcodes.md, in a real shell, against the API on a real port.
const hub = useEmergency(useDatabase(), 1)
const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'healthcodes.md'), 'utf8')
const blocks = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].map(([, commands]) => commands ?? '')
let address = ''

/** Tokens without a command line of their own; everything else is run as it is printed. */
async function withTokens(script: string): Promise<string> {
  let text = script
  for (const [command, client = ''] of script.matchAll(/\$\(npm run -s token -- ([\w-]+)\)/g)) {
    const role = client.split('-')[0] as Role
    const { authorization } = await hub.token(role, { clientId: client, city: role === 'hospital' ? DEYANG : CHENGDU })
    text = text.replace(command, authorization.slice('Bearer '.length))
  }
  return text.replace(/^PERSON=.*$/m, `PERSON=${hub.people[0]}`).replace(/^HUB=.*$/m, `HUB=${address}`)
}

function shell(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { env: { PATH: process.env['PATH'] ?? '' } })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()))
    child.once('error', reject)
    child.once('close', () => resolve(out))
  })
}

beforeAll(async () => {
  hub.deps.clock.set(systemClock.now().toISOString())
  address = await hub.app.listen({ host: '127.0.0.1', port: 0 })
})

describe('the guide', () => {
  it('works as it is printed, from the order to the proof', async () => {
    expect(blocks).toHaveLength(8)
    const [setup = '', ...steps] = blocks
    const last = steps.pop() ?? ''
    // What is said to the clock of the shell must not lie in the future of the app's.
    hub.deps.clock.advance(2_000)
    const shown = await shell(`${await withTokens(setup)}\n${steps.join('\n')}\nprintf '\\n%s\\n' "$ORDER"`)
    expect(shown).toMatch(/^active\napplied\n\{.*"result":"recognised".*"level":"red"/)
    expect(shown).toMatch(/granted\n\{.*"result":"notRecognised".*"superseded"/)
    expect(shown).toMatch(/"class":"state","wouldGo":\{"count":2,/)
    expect(shown).toMatch(/\}ended\n/)
    const orderId = shown.trim().split('\n').at(-1) ?? ''
    await hub.tick('purge-ended')
    const proofs = await shell(`${await withTokens(setup)}\nORDER=${orderId}\n${last}`)
    expect(JSON.parse(proofs).proofs.map((one: { class: string }) => one.class)).toContain('state')
  })
})
