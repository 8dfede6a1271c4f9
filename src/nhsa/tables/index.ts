import { t1101 } from './1101.ts'
import { t1201 } from './1201.ts'
import { t1312 } from './1312.ts'
import { t1318 } from './1318.ts'
import { t2001 } from './2001.ts'
import { t2101 } from './2101.ts'
import { t2102 } from './2102.ts'
import { t2103 } from './2103.ts'
import { t2201 } from './2201.ts'
import { t2202 } from './2202.ts'
import { t2203 } from './2203.ts'
import { t2203A } from './2203a.ts'
import { t2204 } from './2204.ts'
import { t2205 } from './2205.ts'
import { t2206 } from './2206.ts'
import { t2207 } from './2207.ts'
import { t2208 } from './2208.ts'
import { t2301 } from './2301.ts'
import { t2302 } from './2302.ts'
import { t2303 } from './2303.ts'
import { t2304 } from './2304.ts'
import { t2305 } from './2305.ts'
import { t2401 } from './2401.ts'
import { t2402 } from './2402.ts'
import { t2404 } from './2404.ts'
import { t2405 } from './2405.ts'
import { t2601 } from './2601.ts'
import { t5201 } from './5201.ts'
import { t5203 } from './5203.ts'
import { t5303 } from './5303.ts'
import { t9001 } from './9001.ts'
import { t9002 } from './9002.ts'

/** Every transaction that is served, by its tables. */
export const TABLES = [
  t1101,
  t1201,
  t1312,
  t1318,
  t2001,
  t2101,
  t2102,
  t2103,
  t2201,
  t2202,
  t2203,
  t2203A,
  t2204,
  t2205,
  t2206,
  t2207,
  t2208,
  t2301,
  t2302,
  t2303,
  t2304,
  t2305,
  t2401,
  t2402,
  t2404,
  t2405,
  t2601,
  t5201,
  t5203,
  t5303,
  t9001,
  t9002,
] as const
