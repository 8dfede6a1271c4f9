import type { CityCode } from './cities.ts'

/**
 * Where these rows come from and which state of the world they describe. A new edition replaces the rows and this
 * note together; nothing loads a national division package at run time.
 */
export const DIVISIONS_EDITION = {
  version: '2025-12-31.1',
  validOn: '2025-12-31',
  source:
    'GB/T 2260; county-level units of the four cities as published to 2025-12-31 (国家地名信息库). ' +
    'Retired codes: GB/T 2260 revisions 2002-12 to 2016-07.',
  /** The successor of each retired code was found by name, not read in a notice. */
  successorsVerified: false,
} as const

/** County-level units in force: city, then code and name in code order. Functional zones have no code of this kind. */
export const CURRENT_UNITS: Readonly<Record<CityCode, readonly (readonly [code: string, name: string])[]>> = {
  '510100': [
    ['510104', '锦江区'],
    ['510105', '青羊区'],
    ['510106', '金牛区'],
    ['510107', '武侯区'],
    ['510108', '成华区'],
    ['510112', '龙泉驿区'],
    ['510113', '青白江区'],
    ['510114', '新都区'],
    ['510115', '温江区'],
    ['510116', '双流区'],
    ['510117', '郫都区'],
    ['510118', '新津区'],
    ['510121', '金堂县'],
    ['510129', '大邑县'],
    ['510131', '蒲江县'],
    ['510181', '都江堰市'],
    ['510182', '彭州市'],
    ['510183', '邛崃市'],
    ['510184', '崇州市'],
    ['510185', '简阳市'],
  ],
  '510600': [
    ['510603', '旌阳区'],
    ['510604', '罗江区'],
    ['510623', '中江县'],
    ['510681', '广汉市'],
    ['510682', '什邡市'],
    ['510683', '绵竹市'],
  ],
  '511400': [
    ['511402', '东坡区'],
    ['511403', '彭山区'],
    ['511421', '仁寿县'],
    ['511423', '洪雅县'],
    ['511424', '丹棱县'],
    ['511425', '青神县'],
  ],
  '512000': [
    ['512002', '雁江区'],
    ['512021', '安岳县'],
    ['512022', '乐至县'],
  ],
}

/**
 * Retired county-level codes: code, name when in force, code that took over, city that the unit belonged to when it
 * was coded. Numbers issued under them stay valid, so they are accepted inside identifiers but not as an address.
 */
export const RETIRED_UNITS: readonly (readonly [code: string, name: string, now: string, cityAtCoding: CityCode])[] = [
  ['510122', '双流县', '510116', '510100'],
  ['510123', '温江县', '510115', '510100'],
  ['510124', '郫县', '510117', '510100'],
  ['510125', '新都县', '510114', '510100'],
  ['510132', '新津县', '510118', '510100'],
  ['510626', '罗江县', '510604', '510600'],
  ['511422', '彭山县', '511403', '511400'],
  // Jianyang was run by Ziyang until 2016 and belongs to Chengdu since: the one unit that changed its city.
  ['512081', '简阳市', '510185', '512000'],
  // Prefectures of Meishan and Ziyang before they became cities in 2000.
  ['513821', '眉山县', '511402', '511400'],
  ['513822', '仁寿县', '511421', '511400'],
  ['513823', '彭山县', '511403', '511400'],
  ['513824', '洪雅县', '511423', '511400'],
  ['513825', '丹棱县', '511424', '511400'],
  ['513826', '青神县', '511425', '511400'],
  ['513901', '资阳市（县级）', '512002', '512000'],
  ['513902', '简阳市', '510185', '512000'],
  ['513921', '安岳县', '512021', '512000'],
  ['513922', '乐至县', '512022', '512000'],
]
