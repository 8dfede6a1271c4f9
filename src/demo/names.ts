import { CITIES } from '../codes/index.ts'

/** Both names of a city, for people. */
export const cityName = (code: string): string => {
  const city = CITIES.find((one) => one.code === code)
  return city === undefined ? code : `${city.en} ${city.zh.replace(/市$/, '')}`
}

/** First part of an id: enough to recognise it on a screen. */
export const short = (id: string): string => `${id.slice(0, 8)}…${id.slice(-4)}`
