import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import {
  printSandboxToken,
  readSandboxCredentials,
  registerClient,
  runClientsCommand,
  runKeysCommand,
  SCOPES_BY_ROLE,
  sandboxCredentialsPath,
  seedClients,
} from '../../src/identity/index.ts'
import { useDatabase } from '../support/database.ts'
import { ask, makeKey, partOf, sign, useIdentityApp } from './support.ts'

const database = useDatabase()
const hub = useIdentityApp(database)
const LIST = [
  { clientId: 'hospital-deyang', role: 'hospital', institution: 'H51060300001', city: '510600' },
  { clientId: 'bureau-deyang', role: 'bureau', city: '510600' },
  { clientId: 'operator', role: 'operator' },
] as const
const run = async (args: string[]) => {
  const lines: string[] = []
  await runClientsCommand(hub.deps, args, (line) => lines.push(line))
  return lines
}

describe('the sandbox credentials', () => {
  it('are missing before the sandbox is seeded, and the token command says what to do', async () => {
    await expect(printSandboxToken(hub.deps.config, 'operator', () => {})).rejects.toThrow(/npm start/)
  })

  it('hold a key for each client, readable by their owner only; the database has the public halves', async () => {
    const clients = await seedClients(hub.deps, LIST)
    await hub.keys.refresh()
    const path = sandboxCredentialsPath(hub.deps.config.dataDir)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readSandboxCredentials(hub.deps.config.dataDir).map(({ clientId }) => clientId)).toEqual([
      'bureau-deyang',
      'hospital-deyang',
      'operator',
    ])
    const rows = await database.db.selectFrom('identity_client').selectAll().execute()
    expect(rows).toHaveLength(3)
    for (const { privateJwk } of clients) expect(JSON.stringify(rows)).not.toContain(privateJwk.d)
  })

  it('stay the same when the sandbox is seeded again, and are made anew when the file was lost', async () => {
    const before = readSandboxCredentials(hub.deps.config.dataDir)
    await seedClients(hub.deps, LIST)
    expect(readSandboxCredentials(hub.deps.config.dataDir)).toEqual(before)

    writeFileSync(sandboxCredentialsPath(hub.deps.config.dataDir), '{"clients":[]}')
    const [client] = await seedClients(hub.deps, LIST)
    if (client === undefined) throw new Error('clients were seeded')
    expect(before.map(({ privateJwk }) => privateJwk.kid)).not.toContain(client.privateJwk.kid)
    const key = { alg: 'ES256', privateJwk: client.privateJwk, publicJwk: client.privateJwk } as const
    expect((await ask(hub, await sign(hub, client.clientId, key))).status).toBe(200)
  })

  it('get the scopes of today for clients of an older version', async () => {
    await seedClients(hub.deps, LIST)
    const scopesOf = async (clientId: string) =>
      (
        await database.db
          .selectFrom('identity_client')
          .select('scopes')
          .where('client_id', '=', clientId)
          .executeTakeFirst()
      )?.scopes
    await database.db
      .updateTable('identity_client')
      .set({ scopes: ['cards.verify'] })
      .execute()
    await seedClients(hub.deps, LIST)
    expect(await scopesOf('operator')).toEqual(SCOPES_BY_ROLE.operator)
    expect(await scopesOf('hospital-deyang')).toEqual(SCOPES_BY_ROLE.hospital)
  })

  it('give a token from the running service, and nothing else is printed', async () => {
    // Listens on a free port; the audience of assertions stays the public address.
    const address = await hub.app.listen({ host: '127.0.0.1', port: 0 })
    const config = { ...hub.deps.config, publicUrl: address }
    const printed: string[] = []
    const refused = printSandboxToken(config, 'hospital-deyang', (text) => printed.push(text), hub.deps.clock)
    await expect(refused).rejects.toThrow(/answered 401: aud must be https:\/\/hub\.example\/oauth\/token/)
    expect(printed).toEqual([])

    const realFetch = globalThis.fetch
    // Stands for the network between the public address and the process.
    globalThis.fetch = (url, init) => realFetch(String(url).replace('https://hub.example', address), init)
    try {
      await printSandboxToken(hub.deps.config, 'hospital-deyang', (text) => printed.push(text), hub.deps.clock)
    } finally {
      globalThis.fetch = realFetch
    }
    expect(printed).toHaveLength(1)
    expect(printed[0]).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(partOf(printed[0] ?? '', 1)).toMatchObject({ sub: 'hospital-deyang', role: 'hospital' })
  })

  it('are named in the message when the client is unknown, and a silent service is said to be silent', async () => {
    const { config } = hub.deps
    await expect(printSandboxToken(config, 'nobody', () => {})).rejects.toThrow(/nobody[\s\S]*bureau-deyang \(bureau\)/)
    await expect(printSandboxToken(config, undefined, () => {})).rejects.toThrow(/Name a client/)
    const silent = { ...config, publicUrl: 'http://127.0.0.1:9' }
    await expect(printSandboxToken(silent, 'operator', () => {})).rejects.toThrow(/Is the service running/)
  })
})

describe('the client commands', () => {
  it('register, list, suspend, resume and give new keys', async () => {
    const first = await makeKey()
    const second = await makeKey('ES384')
    const file = join(hub.deps.config.dataDir, 'jwks.json')
    writeFileSync(file, JSON.stringify({ keys: [first.publicJwk] }))
    const options = ['--role', 'pharmacy', '--institution', 'P51060300002', '--scope', 'cards.verify', '--jwks', file]
    expect(await run(['register', 'new-pharmacy', ...options])).toEqual(['new-pharmacy is registered'])
    expect((await ask(hub, await sign(hub, 'new-pharmacy', first))).body).toMatchObject({ scope: 'cards.verify' })

    writeFileSync(file, JSON.stringify({ keys: [second.publicJwk] }))
    expect(await run(['keys', 'new-pharmacy', '--jwks', file])).toEqual(['new-pharmacy has new keys'])
    expect((await ask(hub, await sign(hub, 'new-pharmacy', first))).status).toBe(401)
    expect((await ask(hub, await sign(hub, 'new-pharmacy', second))).status).toBe(200)

    await run(['suspend', 'new-pharmacy', '--note', 'under review'])
    expect(await run(['list'])).toContain('new-pharmacy\tpharmacy\tP51060300002\t-\tsuspended')
    await run(['resume', 'new-pharmacy'])
    expect(await run(['list'])).toContain('new-pharmacy\tpharmacy\tP51060300002\t-\tactive')
  })

  it('show the scopes of a client, replace them, and give it all of its role', async () => {
    const key = await makeKey()
    const file = join(hub.deps.config.dataDir, 'jwks.json')
    writeFileSync(file, JSON.stringify({ keys: [key.publicJwk] }))
    const options = ['--role', 'cdc', '--city', '510600', '--scope', 'cards.verify', '--jwks', file]
    await run(['register', 'cdc-of-before', ...options])
    const shown = await run(['scopes', 'cdc-of-before'])
    expect(shown).toContain('+ cards.verify')
    expect(shown).toContain('- healthcodes.decide')

    await run(['scopes', 'cdc-of-before', '--scope', 'cards.verify', '--scope', 'healthcodes.read'])
    const granted = async () =>
      ((await ask(hub, await sign(hub, 'cdc-of-before', key))).body as { scope: string }).scope
    expect(await granted()).toBe('cards.verify healthcodes.read')
    await run(['scopes', 'cdc-of-before', '--role-default'])
    expect((await granted()).split(' ').sort()).toEqual([...SCOPES_BY_ROLE.cdc].sort())

    const refused = async (...args: string[]) =>
      await run(['scopes', ...args]).then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
    expect(await refused('cdc-of-before', '--scope', 'cards.issue')).toBe('identity.client-invalid')
    expect(await refused('cdc-of-before', '--scope', 'cards.verify', '--role-default')).toBe('identity.command-invalid')
    expect(await refused('nobody')).toBe('identity.client-unknown')
    expect(await refused('nobody', '--role-default')).toBe('identity.client-unknown')
    const { rows } = await sql<{ count: bigint }>`
      select count(*) as count from audit_event where action = 'identity.client-scopes'`.execute(database.db)
    expect(Number(rows[0]?.count)).toBe(2)
  })

  it('refuse what is not a command, a file that is no JSON, and clients that do not exist', async () => {
    const code = (args: string[]) =>
      run(args).then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
    const file = join(hub.deps.config.dataDir, 'broken.json')
    writeFileSync(file, '{')
    expect(await code([])).toBe('identity.command-invalid')
    expect(await code(['delete', 'operator'])).toBe('identity.command-invalid')
    expect(await code(['list', '--all'])).toBe('identity.command-invalid')
    expect(await code(['register', 'abc', '--role', 'king'])).toBe('identity.command-invalid')
    expect(await code(['register', 'abc', '--role', 'operator'])).toBe('identity.command-invalid')
    expect(await code(['keys', 'operator', '--jwks', file])).toBe('identity.command-invalid')
    expect(await code(['suspend', 'nobody'])).toBe('identity.client-unknown')
    expect(await code(['resume', 'nobody'])).toBe('identity.client-unknown')
    writeFileSync(file, '{"keys":[]}')
    expect(await code(['keys', 'operator', '--jwks', file])).toBe('identity.client-invalid')
    const { publicJwk } = await makeKey()
    writeFileSync(file, JSON.stringify({ keys: [publicJwk] }))
    expect(await code(['keys', 'nobody', '--jwks', file])).toBe('identity.client-unknown')
    expect(await code(['register', 'operator', '--role', 'operator', '--jwks', file])).toBe('identity.client-exists')
  })

  it('rotate the signing key, or say from when on it may be', async () => {
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    await runKeysCommand(hub.deps, ['rotate'], write)
    expect(lines).toEqual([expect.stringMatching(/^not yet: .* 2026-03-02T01:02:00\.000Z /)])
    lines.length = 0
    await runKeysCommand(hub.deps, ['rotate', '--compromised'], write)
    expect(lines).toHaveLength(3)
    await expect(runKeysCommand(hub.deps, ['burn'], write)).rejects.toThrow(/keys rotate \[--compromised\]/)
  })
})

describe('a registration', () => {
  it('is refused with every fault at once', async () => {
    const { publicJwk, privateJwk } = await makeKey()
    const faults = (command: object) =>
      registerClient(hub.deps, { clientId: 'fine', jwks: { keys: [publicJwk] }, ...command } as never).then(
        () => [],
        (error: { errors: { pointer: string }[] }) => error.errors.map(({ pointer }) => pointer),
      )
    expect(await faults({ clientId: 'No', role: 'king', jwks: { keys: [privateJwk] } })).toEqual([
      '/clientId',
      '/role',
      '/scopes',
      '/jwks',
    ])
    expect(await faults({ role: 'hospital' })).toEqual(['/institution'])
    expect(await faults({ role: 'hospital', institution: 'P51060300001' })).toEqual(['/institution'])
    expect(await faults({ role: 'hospital', institution: 'H5106030000' })).toEqual(['/institution'])
    expect(await faults({ role: 'bureau' })).toEqual(['/city'])
    expect(await faults({ role: 'cdc', city: '110000' })).toEqual(['/city'])
    expect(await faults({ role: 'operator', institution: 'H51060300001' })).toEqual(['/institution'])
    expect(await faults({ role: 'operator', scopes: ['cards.issue'] })).toEqual(['/scopes'])
    expect(await faults({ role: 'operator', scopes: [] })).toEqual(['/scopes'])
  })
})
