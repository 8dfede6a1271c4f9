import { describe, expect, it } from 'vitest'
import { ConfigError, localAddress, readConfig, variables } from '../../src/kernel/config.ts'

const problems = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the configuration', () => {
  it('needs nothing set', () => {
    const config = readConfig({})
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: undefined,
      redisUrl: undefined,
      dataDir: '.data',
    })
    expect(config.publicUrl).toBe('http://127.0.0.1:8080')
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('names all problems at once: unknown names and bad values', () => {
    const found = problems({
      YMT_PROT: '1',
      YMT_PORT: '70000',
      YMT_LOG_LEVEL: 'loud',
      YMT_TRUST_PROXY: 'yes',
      DATABASE_URL: 'mysql://x',
    })
    expect(found).toHaveLength(5)
    expect(found.join('\n')).toContain('YMT_PROT is not a variable')
    expect(found.join('\n')).toContain('YMT_PORT must be a whole number from 0 to 65535, not "70000"')
    expect(found.join('\n')).toContain('YMT_TRUST_PROXY must be none, or addresses')
  })

  it('never repeats a secret in its complaint', () => {
    expect(problems({ DATABASE_URL: 'mysql://user:hunter2@db/x' }).join()).not.toContain('hunter2')
  })

  it('takes no keys made on the spot for a database that others may use, unless a trial says so', () => {
    const DATABASE_URL = 'postgres://db/x'
    expect(problems({ DATABASE_URL }).join()).toContain('DATABASE_URL needs YMT_KEYRING_FILE')
    expect(problems({ DATABASE_URL, YMT_SANDBOX_KEYS: 'false' })).toHaveLength(1)
    expect(problems({ DATABASE_URL, YMT_SANDBOX_KEYS: 'true' })).toEqual([])
    expect(problems({ DATABASE_URL, YMT_KEYRING_FILE: '/keys.json' })).toEqual([])
  })

  it('believes no X-Forwarded-For unless it is told whose', () => {
    const trust = (value: string) => readConfig({ YMT_TRUST_PROXY: value }).trustProxy
    expect(readConfig({}).trustProxy).toBe(false)
    expect(trust('none')).toBe(false)
    expect(trust('10.0.0.7, 192.168.0.0/16,fd00::/8')).toEqual(['10.0.0.7', '192.168.0.0/16', 'fd00::/8'])
    for (const refused of [
      'true',
      'false',
      '1',
      '-1',
      '1.5',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '::/0',
      'fd00::/129',
      'lb',
      '10.0.0.7,',
    ]) {
      expect(problems({ YMT_TRUST_PROXY: refused }), refused).toHaveLength(1)
    }
  })

  it('makes an address that can be called: IPv6 in brackets, never a wildcard', () => {
    expect(readConfig({ YMT_HOST: '::1', YMT_PORT: '80' }).publicUrl).toBe('http://[::1]:80')
    for (const host of ['0.0.0.0', '::']) {
      expect(problems({ YMT_HOST: host }).join()).toContain('needs YMT_PUBLIC_URL')
      expect(readConfig({ YMT_HOST: host, YMT_PUBLIC_URL: 'https://hub.example' }).publicUrl).toBe(
        'https://hub.example',
      )
    }
    expect(problems({ YMT_HOST: 'a b' })).toHaveLength(1)
    expect([localAddress('0.0.0.0', 1), localAddress('::', 1)]).toEqual(['http://127.0.0.1:1', 'http://[::1]:1'])
  })

  it('takes a public address without user, password, query or fragment, and never repeats the password', () => {
    for (const refused of [
      'https://me:hunter2@hub.example',
      'https://me@hub.example',
      'https://hub.example/?',
      'https://hub.example?a=1',
      'https://hub.example/#x',
    ]) {
      const found = problems({ YMT_PUBLIC_URL: refused })
      expect(found, refused).toHaveLength(1)
      expect(found.join()).not.toContain('hunter2')
    }
    expect(problems({ YMT_PUBLIC_URL: 'https://hub.example/base' })).toEqual([])
  })

  it('counts an empty value as unset', () => {
    expect(readConfig({ YMT_PORT: '' }).port).toBe(8080)
  })

  it('takes a trailing slash off an address', () => {
    expect(readConfig({ YMT_PUBLIC_URL: 'https://hub.example/' }).publicUrl).toBe('https://hub.example')
  })

  it('has a distinct name, key and meaning for every variable', () => {
    expect(new Set(variables.map((one) => one.name)).size).toBe(variables.length)
    expect(new Set(variables.map((one) => one.key)).size).toBe(variables.length)
    for (const one of variables) expect(one.meaning.length).toBeGreaterThan(10)
  })
})
