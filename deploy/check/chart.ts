/** The Helm chart, in every shape that ci/*.yaml describes, and the manifests that are rendered from it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Helm } from './helm.ts'
import { type Manifest, parseManifests, schemaFaults } from './kubernetes.ts'
import { ruleFaults } from './manifests.ts'
import type { Report } from './report.ts'

const chart = 'deploy/helm/roster'
const plain = 'deploy/kubernetes/roster.yaml'

/** What must be refused, so that the checks themselves are known to work. */
const refusedValues = [
  'replicas=two',
  'databse=sqlite',
  'settings.PORT=1',
  'image.tag=latest',
  'database=mysql',
]

export async function checkManifests(report: Report, settings: ReadonlySet<string>) {
  const rendered = parseManifests(readFileSync(plain, 'utf8'))
  report.checked(`${plain}: ${kinds(rendered)}`, await faultsOf(rendered, settings))
  report.checked(
    'the schemas refuse a field that does not exist and a value of the wrong type',
    await controlFaults(rendered),
  )
}

export async function checkChart(report: Report, settings: ReadonlySet<string>, helm: Helm, write: boolean) {
  for (const name of readdirSync(join(chart, 'ci')).sort()) {
    const values = join(chart, 'ci', name)
    const lint = helm('lint', '--strict', '--quiet', chart, '--values', values)
    report.checked(`helm lint, ${name}`, lint.ok ? [] : [lint.error || lint.out])
    const { ok, out, error } = render(helm, '--values', values)
    const manifests = ok ? parseManifests(out) : []
    report.checked(
      `${chart}, ${name}: ${kinds(manifests)}`,
      ok ? await faultsOf(manifests, settings) : [error],
    )
  }
  const accepted = refusedValues.filter(
    (value) => render(helm, '--values', join(chart, 'ci/trial.yaml'), '--set', value).ok,
  )
  report.checked(
    `values.schema.json refuses ${refusedValues.join(', ')}`,
    accepted.map((value) => `${value} was accepted`),
  )
  checkPlain(report, helm, write)
}

function checkPlain(report: Report, helm: Helm, write: boolean) {
  const { ok, out, error } = render(helm, '--values', 'deploy/kubernetes/values.yaml')
  const text = `# Rendered from deploy/helm/roster with values.yaml by \`node deploy/check.ts --write\`; do not edit.\n${out}`
  if (ok && write) writeFileSync(plain, text)
  const same = ok && readFileSync(plain, 'utf8') === text
  report.checked(
    `${plain} is what the chart gives`,
    same ? [] : [error || 'it is not: run node deploy/check.ts --write'],
  )
}

const render = (helm: Helm, ...args: string[]) =>
  helm('template', 'roster', chart, '--namespace', 'roster', ...args)

async function faultsOf(manifests: readonly Manifest[], settings: ReadonlySet<string>): Promise<string[]> {
  const faults: string[] = []
  for (const manifest of manifests) {
    const wrong = await schemaFaults(manifest)
    faults.push(...wrong.map((fault) => `${manifest.kind} ${manifest.metadata.name}: ${fault}`))
  }
  return [...faults, ...ruleFaults(manifests, settings)]
}

async function controlFaults(manifests: readonly Manifest[]): Promise<string[]> {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment')
  if (!deployment) return ['there is no Deployment']
  const spec = deployment['spec'] as object
  const misspelt = await schemaFaults({ ...deployment, spec: { ...spec, replcas: 2 } })
  const mistyped = await schemaFaults({ ...deployment, spec: { ...spec, replicas: 'two' } })
  return [
    ...(misspelt.some((fault) => fault.includes('/spec/replcas')) ? [] : ['spec.replcas passed']),
    ...(mistyped.some((fault) => fault.includes('/spec/replicas')) ? [] : ['spec.replicas: two passed']),
  ]
}

function kinds(manifests: readonly Manifest[]): string {
  return manifests.map(({ kind }) => kind).join(', ') || 'nothing'
}
