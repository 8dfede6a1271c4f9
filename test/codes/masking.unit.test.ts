import { describe, expect, it } from 'vitest'
import { ageBand, mask } from '../../src/codes/index.ts'

describe('masking', () => {
  it.each([
    ['张明', '张*'],
    ['张小明', '张*明'],
    ['欧阳小明', '欧阳*明'],
    ['欧阳明', '欧*明'],
    ['张王小明', '张**明'],
    ['阿依古丽·买买提', '阿******提'],
    ['𠮷小明', '𠮷*明'],
    ['明', '明***'],
    ['Mary', 'M***'],
    ['Mary Ann', 'M***'],
    ['', '***'],
    [' 张明 ', '张*'],
  ])('shows the name %j as %j', (name, shown) => {
    expect(mask.name(name)).toBe(shown)
  })

  it.each([
    ['510104190001019995', '510***********9995'],
    ['51068319000612966x', '510***********966X'],
    ['510104000101999', '510********1999'],
    ['12345678', '****5678'],
  ])('shows the identity number %s as %s', (id, shown) => {
    expect(mask.personalId(id)).toBe(shown)
  })

  it.each([
    ['E12346789', '*****6789'],
    ['123456', '******'],
    ['1234567', '***4567'],
    ['', ''],
  ])('shows the document %j as %j', (number, shown) => {
    expect(mask.document(number)).toBe(shown)
  })

  it.each([
    ['13800001234', '138****1234'],
    ['02800001234', '028****1234'],
    ['+8616000001234', '**********1234'],
    ['12345', '*****'],
  ])('shows the phone %s as %s', (phone, shown) => {
    expect(mask.phone(phone)).toBe(shown)
  })

  it('shows the last four of a card', () => {
    expect(mask.card('6222000000000123')).toBe('************0123')
  })

  it.each([
    ['成都市锦江区某街道某路12号', '成都市锦江区某街道***'],
    ['四川省成都市都江堰市幸福街道1号', '四川省成都市都江堰市幸福街道***'],
    ['简阳市射洪坝街道小区3栋', '简阳市射洪坝街道***'],
    ['德阳市中江县南华镇示范村1组', '德阳市中江县南华镇***'],
    ['乐至县某乡某村', '乐至县某乡***'],
    ['锦江区某街道菜市场旁', '锦江区某街道***'],
    ['成都市锦江区某路12号', '成都市锦江区***'],
    ['某路12号3单元', '***'],
    ['', '***'],
  ])('shows the address %s as %s', (address, shown) => {
    expect(mask.address(address)).toBe(shown)
  })

  it('shows the year of a birth date only, and nothing of a text that is no date', () => {
    expect(mask.birthDate('1900-01-01')).toBe('1900-**-**')
    expect(mask.birthDate('1900年1月')).toBe('****-**-**')
  })

  it.each([
    ['1960-03-01', '60-69'],
    ['1956-03-02', '60-69'],
    ['1956-03-01', '70-79'],
    ['2026-03-01', '0-9'],
  ])('puts a person born %s into the band %s on 1 March 2026', (birthDate, band) => {
    expect(ageBand({ birthDate, today: '2026-03-01' })).toBe(band)
  })

  it('hides counts under the minimum', () => {
    expect([0, 4, 5].map((count) => mask.smallCount(count))).toEqual(['<5', '<5', '5'])
    expect(mask.smallCount(9, 10)).toBe('<10')
  })
})
