import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/kernel/config.ts'
import { shellWord, tokenCommand } from '../../src/sandbox/token-command.ts'

describe('the printed command for a token', () => {
  it('is short where nothing was set', () => {
    expect(tokenCommand(readConfig({}), 'hospital-chengdu')).toBe('npm run -s token -- hospital-chengdu')
  })

  it('carries the folder and the address that differ from the defaults', () => {
    expect(tokenCommand(readConfig({ YMT_PORT: '9000' }), 'c')).toBe(
      'YMT_PUBLIC_URL=http://127.0.0.1:9000 npm run -s token -- c',
    )
    expect(tokenCommand(readConfig({ YMT_DATA_DIR: 'my data' }), 'c')).toBe(
      `YMT_DATA_DIR='${resolve('my data')}' npm run -s token -- c`,
    )
  })

  it('survives the shell, whatever the folder is called', () => {
    for (const text of ['plain/path', 'a b', "it's", '$HOME `x` "y" \\', '数据', '*;&|']) {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text)
    }
  })
})
