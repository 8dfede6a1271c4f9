import { describe, expect, it } from 'vitest'
import { AppError, defineErrors } from '../../src/kernel/errors.ts'
import { isUuid, newId } from '../../src/kernel/ids.ts'

const shopError = defineErrors('shop', {
  closed: { status: 503, title: 'Closed', titleZh: '已关闭', retryable: true },
})

describe('the error catalogue', () => {
  it('prefixes the code with its area and carries what the area says', () => {
    const error = shopError('closed', { detail: 'Open again at nine.', retryAfter: 60, meta: { hours: '9-17' } })
    expect(error).toBeInstanceOf(AppError)
    expect(error).toMatchObject({
      code: 'shop.closed',
      status: 503,
      retryable: true,
      retryAfter: 60,
      detail: 'Open again at nine.',
    })
    expect(error.message).toBe('Open again at nine.')
    expect(shopError.area).toBe('shop')
    expect(Object.keys(shopError.specs)).toEqual(['closed'])
  })

  it('keeps the cause', () => {
    const cause = new Error('inner')
    expect(shopError('closed', { cause }).cause).toBe(cause)
    expect(shopError('closed').message).toBe('Closed')
  })

  it('refuses a code that the area does not have', () => {
    expect(() => shopError('open' as 'closed')).toThrow(TypeError)
  })
})

describe('ids', () => {
  it('are UUIDv7, ordered by time and never equal', async () => {
    const first = newId<'thing'>()
    await new Promise((resolve) => setTimeout(resolve, 2))
    const second = newId<'thing'>()
    expect(isUuid(first)).toBe(true)
    expect(first[14]).toBe('7')
    expect(first < second).toBe(true)
  })

  it('are told from other text', () => {
    expect(isUuid('510104190001019995')).toBe(false)
    expect(isUuid(`${newId()}x`)).toBe(false)
  })
})
