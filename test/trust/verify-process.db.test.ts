import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { NOW, useHub } from './hub.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const hub = useHub(useDatabase())
let card = ''
let revoked = ''
let bundle = ''

beforeAll(async () => {
  card = (await hub.issue(0, '510600')).card
  const second = await hub.issue(1)
  revoked = second.card
  await hub.change(second.cardId, 'revocation')
  bundle = await hub.keep('bundle.jws', await hub.fetchBundle())
})

/**
 * The command as a process that may not use the network at all: Node's permission model refuses every socket and look-up.
 * The database that the environment names is not there.
 */
function verifyAlone(args: readonly string[], input = '') {
  return spawnSync(
    process.execPath,
    [
      '--permission',
      '--allow-fs-read=*',
      `--allow-fs-write=${join(hub.dir, '*')}`,
      'src/main.ts',
      'verify',
      '--bundle',
      bundle,
      '--at',
      NOW,
      ...args,
    ],
    {
      cwd: ROOT,
      input,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        YMT_DATA_DIR: join(hub.dir, 'alone'),
        DATABASE_URL: 'postgres://nobody@192.0.2.1:1/none',
        REDIS_URL: 'redis://192.0.2.1:1',
      },
    },
  )
}

describe('npm run verify, as a process without network', () => {
  it('is indeed without network', () => {
    const { stderr } = spawnSync(
      process.execPath,
      ['--permission', '--allow-fs-read=*', '-e', "require('node:net').connect(80, '192.0.2.1')"],
      { encoding: 'utf8' },
    )
    expect(stderr).toContain('ERR_ACCESS_DENIED')
  })

  it('accepts a good card with 0, refuses a revoked one with 1, and says so of each', () => {
    const good = verifyAlone([card])
    expect([good.status, good.stderr.split(' ')[0]]).toEqual([0, 'FIRST'])
    expect(good.stdout).toContain('接受 ACCEPTED')
    const both = verifyAlone(['--json', '-'], `${card}\n${revoked}\n`)
    expect([both.status, both.stderr]).toEqual([1, ''])
    const verdicts = both.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { verdict: string; reasons: { code: string }[] })
    expect(verdicts.map((one) => [one.verdict, one.reasons.map(({ code }) => code)])).toEqual([
      ['accepted', []],
      ['refused', ['revoked']],
    ])
  })

  it('ends with 2 and its usage for a wrong call', () => {
    const { status, stdout, stderr } = verifyAlone(['--purpose', 'fun', card])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: npm run -s verify')
  })
})
