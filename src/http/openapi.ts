import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { DOCS_POLICY } from './api-headers.ts'
import type { App } from './app-type.ts'
import { DOCS_PREFIX } from './route-rules.ts'

/** Areas in the order in which a newcomer meets them; each route names one as its tag. */
export const TAGS = [
  { name: 'identity', description: 'Access tokens for client systems (SMART Backend Services) 调用方与令牌' },
  {
    name: 'institutions',
    description: 'Designated institutions and their recognition across cities 定点机构与双定互认',
  },
  { name: 'people', description: 'The person index 人员主索引' },
  { name: 'issuers', description: 'Issuing cities and their keys 发卡机构与密钥' },
  { name: 'foreign', description: 'Certificates of other systems and whom they are believed 境外健康凭证' },
  { name: 'healthcodes', description: 'Health-code levels under an emergency order; dormant without one 健康码互认' },
  {
    name: 'catalogue',
    description: 'Classes, parts paid first and price limits of the place of treatment 医保目录与限价',
  },
  { name: 'mappings', description: 'What local codes and units of hospitals mean 项目与单位对照' },
  { name: 'labs', description: 'Results of hospitals without a FHIR server 检验结果接入' },
  { name: 'cards', description: 'Cards, dynamic codes and their verification 电子健康卡一码通' },
  { name: 'trust', description: 'What verifiers elsewhere need: status lists and the bundle 状态列表与离线信任包' },
  { name: 'consent', description: 'Who may read what for which purpose, and emergency access 授权与紧急调阅' },
  { name: 'records', description: 'FHIR R4 records of all hospitals 档案共享' },
  { name: 'routing', description: 'Messages between institutions, stored first and delivered in order 消息路由' },
  { name: 'recognition', description: 'Which results must be accepted, and why 检验结果互认' },
  { name: 'settlement', description: 'Settlement across city lines 异地就医直接结算' },
  { name: 'nhsa', description: 'The national interface for designated institutions 定点医药机构接口' },
  { name: 'reconciliation', description: 'Daily totals and their differences 对账' },
  { name: 'clearing', description: 'Positions between the four cities 清算' },
  { name: 'audit', description: 'Who saw what, when, for what reason 审计' },
  { name: 'service', description: 'Health of the service 运行状态' },
] as const

/** OpenAPI 3.1 from the route schemas, and a reference page at /docs that needs nothing from outside. */
export async function useOpenApi(app: App, publicUrl: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Yimatong (一码通)',
        version: '0.1.0',
        description:
          'Hub for cross-city care of Chengdu, Deyang, Meishan and Ziyang. Errors are RFC 9457 problem details; under /fhir they are OperationOutcome.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      tags: [...TAGS],
      components: {
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'Access token of 5 minutes from POST /oauth/token',
          },
        },
      },
      security: [{ bearer: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json['$id'] === 'string' ? json['$id'] : `def-${index}`,
    },
    transform: ({ schema, url, route }) => {
      const { access } = (route.config ?? {}) as { access?: unknown }
      return { schema: { ...schema, ...(access === 'public' ? { security: [] } : {}) } as never, url }
    },
  })
  await app.register(swaggerUi, {
    routePrefix: DOCS_PREFIX,
    staticCSP: DOCS_POLICY,
    theme: { title: 'Yimatong API 一码通接口' },
    uiConfig: { docExpansion: 'list', tryItOutEnabled: false },
  })
}
