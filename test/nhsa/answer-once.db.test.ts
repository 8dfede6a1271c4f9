import { describe, expect, it } from 'vitest'
import { answerOnce, type OnceDeps, type WorkDone } from '../../src/nhsa/answer-once.ts'
import { useDatabase } from '../support/database.ts'
import { testDeps } from '../support/deps.ts'

const database = useDatabase()
/** Each is a process of its own: they share the database and nothing else. */
const process = (): OnceDeps => ({ ...testDeps(database), underWay: new Map() })
const message = (msgid: string, body = '{}') => ({ institution: 'H51010400001', msgid, infno: '1101', body })

describe('equal messages at several processes', () => {
  it('are worked on by one of them, and all give its answer', async () => {
    let works = 0
    const work = async (): Promise<WorkDone> => {
      works++
      await new Promise((resolve) => setTimeout(resolve, 150))
      return { text: `answer ${works}`, keep: true }
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => answerOnce(process(), message('m1'), work)))
    expect(new Set(answers)).toEqual(new Set(['answer 1']))
    expect(works).toBe(1)
  })

  it('of another body are refused while the first is under way and after it', async () => {
    const slow = answerOnce(process(), message('m2'), async () => {
      await new Promise((resolve) => setTimeout(resolve, 150))
      return { text: 'first', keep: true }
    })
    await new Promise((resolve) => setTimeout(resolve, 60))
    const never = (): never => {
      throw new Error('not worked on')
    }
    const other = () => answerOnce(process(), message('m2', '{"a":1}'), async () => never())
    await expect(other()).rejects.toMatchObject({ code: 'nhsa.msgid-reused' })
    expect(await slow).toBe('first')
    await expect(other()).rejects.toMatchObject({ code: 'nhsa.msgid-reused' })
  })

  it('are tried again after an answer that does not count, or an error', async () => {
    expect(await answerOnce(process(), message('m3'), async () => ({ text: 'later', keep: false }))).toBe('later')
    await expect(
      answerOnce(process(), message('m3'), async () => {
        throw new Error('down')
      }),
    ).rejects.toThrow('down')
    expect(await answerOnce(process(), message('m3'), async () => ({ text: 'done', keep: true }))).toBe('done')
    expect(await answerOnce(process(), message('m3'), async () => ({ text: 'other', keep: true }))).toBe('done')
  })

  it('take a message over from a worker that is gone, whose late answer no longer counts', async () => {
    const slowDeps = process()
    let release: (done: WorkDone) => void = () => undefined
    const slow = answerOnce(slowDeps, message('m4'), () => new Promise((resolve) => (release = resolve)))
    await new Promise((resolve) => setTimeout(resolve, 60))
    const later = testDeps(database)
    later.clock.advance(31_000)
    const taken = await answerOnce({ ...later, underWay: new Map() }, message('m4'), async () => ({
      text: 'second worker',
      keep: true,
    }))
    expect(taken).toBe('second worker')
    release({ text: 'first worker, late', keep: true })
    expect(await slow).toBe('second worker')
  })
})
