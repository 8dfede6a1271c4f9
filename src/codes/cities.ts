/** The four cities of the 成德眉资 area, by their GB/T 2260 code. */
export type CityCode = '510100' | '510600' | '511400' | '512000'

/** One of the four cities with its names. */
export interface City {
  readonly code: CityCode
  readonly zh: string
  readonly en: string
}

/** The four cities, in the order in which the area's name lists them. */
export const CITIES: readonly City[] = [
  { code: '510100', zh: '成都市', en: 'Chengdu' },
  { code: '510600', zh: '德阳市', en: 'Deyang' },
  { code: '511400', zh: '眉山市', en: 'Meishan' },
  { code: '512000', zh: '资阳市', en: 'Ziyang' },
]

/** Narrows any text to a city of the area. */
export function isCityCode(code: string): code is CityCode {
  return CITIES.some((city) => city.code === code)
}
