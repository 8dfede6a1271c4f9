import { describe, expect, it } from 'vitest'
import { createCleanup } from '../../bench/cleanup.ts'

describe('the cleanup of a bench', () => {
  it('undoes the last step first, and each step once', async () => {
    const done: string[] = []
    const cleanup = createCleanup()
    cleanup.add(async () => void done.push('folder'))
    cleanup.add(async () => void done.push('server'))
    await Promise.all([cleanup.run(), cleanup.run()])
    expect(done).toEqual(['server', 'folder'])
  })

  it('goes on after a step that fails, and tells of it at the end', async () => {
    const done: string[] = []
    const cleanup = createCleanup()
    cleanup.add(async () => void done.push('folder'))
    cleanup.add(async () => {
      throw new Error('the server does not stop')
    })
    await expect(cleanup.run()).rejects.toThrow('the bench could not clean up')
    expect(done).toEqual(['folder'])
  })
})
