import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createLog, REDACTED_KEYS, scrub } from '../../src/kernel/log.ts'

const capture = (write: (log: ReturnType<typeof createLog>) => void): string => {
  let text = ''
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  write(createLog({ level: 'info', name: 'test' }, sink))
  return text
}

describe('log lines', () => {
  it('withhold the value of every listed key at the top and two levels down', () => {
    for (const key of REDACTED_KEYS) {
      const line = capture((log) => log.info({ [key]: 'SECRET', a: { [key]: 'SECRET', b: { [key]: 'SECRET' } } }, 'x'))
      expect(line, key).not.toContain('SECRET')
    }
  })

  it('lose identity and phone numbers that hide in a message', () => {
    const line = capture((log) =>
      log.error({ err: new Error('duplicate key (certno)=(510104190001019995) tel 13800001234') }, 'failed'),
    )
    expect(line).not.toContain('510104190001019995')
    expect(line).not.toContain('13800001234')
    expect(line).toContain('[withheld]')
  })

  it('keep ids, codes and amounts', () => {
    const text =
      '{"id":"01975b4e-6a3c-7e10-9b1f-0f6f1c2d3e4f","code":"H51010499001","fen":"1479000","ms":12345678901234}'
    expect(scrub(text)).toBe(text)
  })

  it('know the lower-case check character', () => {
    expect(scrub('id 51060319000101998x!')).toBe('id [withheld]!')
  })
})
