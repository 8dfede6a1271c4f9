export { type Catalogue, openCatalogue } from './open-catalogue.ts'
export { priceLevelOf } from './rules.ts'
export { seedCatalogue, seedSampleCatalogue } from './seed.ts'
export type { CatalogueTerms, ItemRow, LimitRow, PriceLevel } from './types.ts'
