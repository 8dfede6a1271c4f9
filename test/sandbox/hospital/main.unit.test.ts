import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { patient } from './start-hospital.ts'

const MAIN = join(import.meta.dirname, '../../../src/sandbox/hospital/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'hospital-'))
afterAll(() => rmSync(folder, { recursive: true }))

function run(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const errors: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  return { child, errors, exited: once(child, 'exit') as Promise<[number | null, string | null]> }
}

describe('the test hospital as a process', () => {
  it('prints where it listens, serves the records of its files, and stops on SIGTERM', async () => {
    const list = join(folder, 'list.json')
    const collection = join(folder, 'bundle.json')
    writeFileSync(list, JSON.stringify([patient('a')]))
    writeFileSync(
      collection,
      JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: patient('b') }] }),
    )
    const { child, exited, errors } = run(
      '--code',
      'H51010400001',
      '--open',
      '--admin',
      '--data',
      list,
      '--data',
      collection,
    )
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { listening } = JSON.parse(line) as { listening: string }
    expect(listening).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/fhir$/)
    for (const id of ['a', 'b']) expect((await fetch(`${listening}/Patient/${id}`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(errors).toEqual([])
  })

  it('asks for tokens where clients are registered', async () => {
    const keys = join(folder, 'jwks.json')
    writeFileSync(keys, JSON.stringify({ keys: [] }))
    const { child, exited } = run('--code', 'H51010400001', '--client-jwks', `hub=${keys}`)
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { listening } = JSON.parse(line) as { listening: string }
    expect((await fetch(`${listening}/Patient/a`)).status).toBe(401)
    child.kill('SIGTERM')
    await exited
  })

  it('writes the address of every request on stderr where it is asked to', async () => {
    const { child, exited, errors } = run('--code', 'H51010400001', '--open', '--log-requests')
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { listening } = JSON.parse(line) as { listening: string }
    await fetch(`${listening}/Patient?identifier=a%7Cb`)
    await fetch(`${listening}/nothing`)
    child.kill('SIGTERM')
    await exited
    expect(errors.join('')).toBe('GET /fhir/Patient?identifier=a%7Cb\nGET /fhir/nothing\n')
  })

  it('explains itself', async () => {
    const { child, exited } = run('--help')
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    expect((await exited)[0]).toBe(0)
    expect(text).toContain('--client-jwks')
  })

  it('does not take a transaction as records', async () => {
    const file = join(folder, 'transaction.json')
    writeFileSync(file, JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [] }))
    const { exited, errors } = run('--code', 'H1', '--open', '--data', file)
    expect((await exited)[0]).toBe(2)
    expect(errors.join('')).toContain('post it to the running server')
  })

  it.each([
    [['--open'], '--code'],
    [['--code', 'H1'], '--open'],
    [['--code', 'H1', '--open', '--port', 'x'], '--port'],
    [['--code', 'H1', '--client-jwks', 'nowhere'], 'ID=WHERE'],
  ])('refuses to start with %j', async (args, word) => {
    const { exited, errors } = run(...args)
    expect((await exited)[0]).toBe(2)
    expect(errors.join('')).toContain(word)
  })
})
