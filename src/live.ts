import { type CardState, openCardState, openVerificationAudit, type VerificationAudit } from './cards/index.ts'
import { type Catalogue, openCatalogue } from './catalogue/index.ts'
import { type Consents, openConsents } from './consent/index.ts'
import { type ForeignTrustState, openForeignTrust } from './foreign/index.ts'
import { type HealthCodeState, openHealthCodeState } from './healthcodes/index.ts'
import { type IdentityKeys, openTokenKeys } from './identity/index.ts'
import { type InstitutionTable, openInstitutionTable } from './institutions/index.ts'
import { type IssuerKeys, openIssuerKeys } from './issuers/index.ts'
import type { Deps } from './kernel/deps.ts'
import { type Nhsa, openNhsa } from './nhsa/index.ts'
import { openRecognition, openRecognitionTags, type Recognition } from './recognition/index.ts'
import { type Annotate, type Exchange, openExchange } from './records/index.ts'
import { openRouting, type Routing } from './routing/index.ts'
import { openSettlement, type Settlement } from './settlement/index.ts'
import { openTrust, type Trust } from './trust/index.ts'

/**
 * What a process holds in memory, so that a request or a job need not ask the database for it. Each part keeps
 * itself fresh and knows its age.
 */
export interface Live {
  readonly tokenKeys: IdentityKeys
  readonly institutions: InstitutionTable
  readonly catalogue: Catalogue
  readonly issuerKeys: IssuerKeys
  readonly healthCodes: HealthCodeState
  readonly consents: Consents
  readonly foreign: ForeignTrustState
  readonly cards: CardState
  readonly verificationAudit: VerificationAudit
  readonly exchange: Exchange
  readonly recognition: Recognition
  /** What recognition remarks on the results of a search. */
  readonly annotate: Annotate
  readonly routing: Routing
  readonly settlement: Settlement
  readonly nhsa: Nhsa
  readonly trust: Trust
  /** Everything committed before the call is known when it resolves. */
  refresh(): Promise<void>
  close(): Promise<void>
}

interface Part {
  refresh?(): Promise<void>
  close(): Promise<void> | void
}

export async function openLive(deps: Deps): Promise<Live> {
  const opened: Part[] = []
  const keep = <T extends Part>(part: T): T => {
    opened.push(part)
    return part
  }
  const close = async (): Promise<void> => {
    for (const part of opened.splice(0).reverse()) await part.close()
  }
  try {
    const tokenKeys = keep(await openTokenKeys(deps))
    const institutions = keep(await openInstitutionTable(deps))
    const catalogue = keep(await openCatalogue(deps))
    const foreign = keep(await openForeignTrust(deps))
    const issuerKeys = keep(await openIssuerKeys(deps))
    const healthCodes = keep(await openHealthCodeState({ ...deps, issuerKeys }))
    const consents = keep(await openConsents(deps))
    const cards = keep(await openCardState({ ...deps, institutions, issuerKeys, healthCodes, foreign }))
    const recognition = keep(await openRecognition(deps))
    const exchange = keep(await openExchange(deps))
    return {
      tokenKeys,
      institutions,
      catalogue,
      issuerKeys,
      healthCodes,
      consents,
      foreign,
      cards,
      verificationAudit: keep(openVerificationAudit(deps)),
      exchange,
      recognition,
      annotate: openRecognitionTags({ ...deps, institutions, recognition }),
      routing: keep(await openRouting({ ...deps, exchange, consents, healthCodes })),
      settlement: keep(await openSettlement({ ...deps, institutions, catalogue })),
      nhsa: keep(await openNhsa(deps)),
      trust: openTrust({ ...deps, institutions, issuerKeys, cards, healthCodes, foreign }),
      async refresh() {
        for (const part of opened) await part.refresh?.()
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
