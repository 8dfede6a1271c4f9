import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig, variables } from '../../src/kernel/config.ts'

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
    expect(found.join('\n')).toContain('YMT_TRUST_PROXY must be true or false')
  })

  it('never repeats a secret in its complaint', () => {
    expect(problems({ DATABASE_URL: 'mysql://user:hunter2@db/x' }).join()).not.toContain('hunter2')
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
