/** The compose files against the Compose specification, and the names they use for settings and secrets. */
import { existsSync, readFileSync } from 'node:fs'
import { DCLinter } from 'dclint'
import { parse } from 'yaml'
import type { Report } from './report.ts'

type Lint = { messages: { line: number; message: string }[] }
type Service = {
  environment?: Record<string, string>
  secrets?: string[]
  healthcheck?: object
  extends?: object
  volumes?: string[]
}
type Compose = {
  services: Record<string, Service>
  secrets?: Record<string, unknown>
  volumes?: Record<string, unknown>
}

/** Rules of dclint that are about taste (the order of keys), or that a locally built image cannot obey. */
const unwanted = {
  'no-build-and-image': 0,
  'require-project-name-field': 0,
  'require-quotes-in-ports': 0,
  'service-dependencies-alphabetical-order': 0,
  'service-image-require-explicit-tag': 0,
  'service-keys-order': 0,
  'services-alphabetical-order': 0,
  'top-level-properties-order': 0,
} as const

export function checkCompose(report: Report, settings: ReadonlySet<string>) {
  const linter = new DCLinter({ rules: unwanted, quiet: true, debug: false, exclude: [] })
  for (const file of ['compose.yaml', 'compose.replicas.yaml']) {
    const [result] = linter.lintFiles([file], false) as Lint[]
    const lint = result?.messages.map(({ line, message }) => `line ${line}: ${message}`) ?? ['not linted']
    const compose = parse(readFileSync(file, 'utf8'), { logLevel: 'error' }) as Compose
    const faults = Object.entries(compose.services).flatMap(([name, service]) =>
      serviceFaults(service, compose, settings).map((fault) => `${name}: ${fault}`),
    )
    report.checked(`${file}: ${Object.keys(compose.services).join(', ')}`, [...lint, ...faults])
  }
}

function serviceFaults(service: Service, compose: Compose, settings: ReadonlySet<string>): string[] {
  const names = Object.keys(service.environment ?? {}).filter((name) => /^(ROSTER_|DATABASE_URL)/.test(name))
  const files = (service.volumes ?? []).map((volume) => volume.split(':')[0]!)
  return [
    ...names.filter((name) => !settings.has(name)).map((name) => `${name} is not a setting`),
    ...(service.secrets ?? [])
      .filter((name) => !(name in (compose.secrets ?? {})))
      .map((name) => `no secret ${name}`),
    ...files.filter((name) => !isThere(name, compose)).map((name) => `no volume or file ${name}`),
    ...(service.healthcheck || service.extends || !('image' in service) ? [] : ['has no health check']),
  ]
}

const isThere = (name: string, compose: Compose) =>
  name.startsWith('.') ? existsSync(name) : name in (compose.volumes ?? {})
