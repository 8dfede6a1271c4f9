/**
 * psn_type by national class. Regions carry sub-codes, and the first two digits do not always give the class: 1112 (伤残军人退休) is
 * retired although 11 is 在职. So they are mapped by this table; a code that is not in it is refused by name.
 */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  /** 在职. */
  '11': ['1105', '1111', '116003', '116013', '116015'],
  /** 退休. */
  '12': ['1112', '1204', '126013', '126015'],
  /** 离休. */
  '13': ['1302', '1304', '136003', '136011', '136019'],
  /** 居民: newborns, pupils, students and other minors. */
  '14': ['1401', '1402', '1403', '1404', '1405'],
  /** 居民, adults. */
  '15': ['151'],
  /** 居民, old people. */
  '16': [],
  /** 城乡居民, not told apart by age. */
  '17': ['1701'],
  /** 农牧民. */
  '18': [],
  /** 一至六级残疾军人. */
  '33': [],
  /** 建国前老工人. */
  '34': [],
  /** 其他. */
  '99': [],
}

const CLASS_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(CLASSES).flatMap(([national, codes]) => [national, ...codes].map((code) => [code, national] as const)),
)

/** The national class of a psn_type, for which policy has its figures; undefined for a code that no source lists. */
export const personClass = (psnType: string): string | undefined => CLASS_OF.get(psnType)
