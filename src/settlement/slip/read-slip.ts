import { decodeTrace } from '../../benefits/index.ts'
import { priceLevelOf } from '../../catalogue/index.ts'
import { isCityCode } from '../../codes/index.ts'
import type { Deps } from '../../kernel/deps.ts'
import { type Fen, negFen } from '../../kernel/money.ts'
import { localDate } from '../../kernel/time.ts'
import { maskedNames, type PersonId } from '../../people/index.ts'
import { findClaim, type Viewer } from '../claim-store.ts'
import { unpackLines } from '../compact.ts'
import { settlementError } from '../errors.ts'
import type { CatalogueTable, Institutions } from '../ports.ts'
import { readAftermath } from '../resettle-store.ts'
import { composeSums, negateSums } from './compose-sums.ts'
import { readSlipFacts, type SlipFacts } from './slip-store.ts'
import { localMinute, yuan } from './texts.ts'
import type { Slip } from './types.ts'

export interface SlipDeps extends Pick<Deps, 'db' | 'keyring'> {
  readonly institutions: Institutions
  readonly catalogue: CatalogueTable
}

/**
 * The slip of a settled claim, or that of its reversal, within what the viewer may see. Names are those of the register and
 * of the catalogue on the day; the person's is masked and there is no number.
 *
 * @throws `settlement.claim-not-found`, also while there is no settlement; `settlement.not-reversed`
 */
export async function readSlip(
  deps: SlipDeps,
  claimId: string,
  viewer: Viewer,
  kind: Slip['kind'],
): Promise<{ readonly personId: string; readonly slip: Slip }> {
  const ref = await findClaim(deps.db, claimId, viewer)
  const facts = ref && (await readSlipFacts(deps.db, ref))
  if (ref === undefined || facts === undefined) throw settlementError('claim-not-found')
  const { reversalId, reversedAt } = facts
  if (kind === 'reversal' && reversalId === null) throw settlementError('not-reversed')
  const sums = composeSums(decodeTrace(facts.trace), namesOf(deps.catalogue, facts))
  const { resettle } = await readAftermath(deps.db, ref)
  const names = await maskedNames(deps, deps.db, [ref.personId])
  const reversal = kind === 'reversal' && reversalId !== null && reversedAt !== null
  return {
    personId: ref.personId,
    slip: {
      ...(reversal ? negateSums(sums) : sums),
      kind,
      claimId: ref.claimId,
      setlId: reversal ? reversalId : facts.setlId,
      setlTime: reversal ? reversedAt : facts.setlTime,
      title: reversal ? '医疗保障费用结算撤销（退费）单' : '医疗保障费用结算单',
      name: names.get(ref.personId as PersonId) ?? '',
      institution: facts.institution,
      institutionName:
        deps.institutions.factsAt(facts.institution, localDate(facts.setlTime))?.name ?? facts.institution,
      treatmentCity: facts.treatmentCity,
      insuredCity: facts.insuredCity,
      insutype: facts.insutype,
      medType: facts.medType,
      notices: noticesOf(facts, reversal, resettle?.overpaid),
    },
  }
}

/** What the catalogue of the place of treatment called each item on the day; a code that it did not have stays a code. */
const namesOf = (catalogue: CatalogueTable, { lines, treatmentCity, setlTime }: SlipFacts): readonly string[] =>
  unpackLines(lines, treatmentCity).map(({ medListCodg }) => {
    // The name does not depend on the level, which decides the price limit alone.
    const terms = isCityCode(treatmentCity)
      ? catalogue.termsAt(treatmentCity, medListCodg, localDate(setlTime), priceLevelOf(3))
      : undefined
    return terms === undefined ? medListCodg : terms.name
  })

const noticesOf = (facts: SlipFacts, reversal: boolean, overpaid: Fen | undefined): readonly string[] => [
  ...(facts.verified ? [] : ['本单所用待遇标准含示例参数，未经经办机构核实，不作为报销凭证。']),
  ...(facts.waived ? ['成德眉资四市之间就医，免备案，支付比例不降低。'] : []),
  ...(reversal
    ? [
        `本单撤销 ${localMinute(facts.setlTime)} 的结算（结算编号 ${facts.setlId}），各项金额为原单金额的相反数，说明为原单的计算过程。`,
      ]
    : facts.reversedAt === null
      ? []
      : [`本次结算已于 ${localMinute(facts.reversedAt)} 撤销（退费），本单仅供查询。`]),
  ...(overpaid === undefined
    ? []
    : [`此前有一次结算被撤销，本次结算按现有累计重新计算：${differenceText(overpaid)}，待经办机构处理。`]),
]

const differenceText = (overpaid: Fen): string => {
  if (overpaid === 0n) return '各项基金支付总额不变，累计金额有变化'
  return overpaid > 0n ? `基金多支付 ${yuan(overpaid)}` : `基金少支付 ${yuan(negFen(overpaid))}`
}
