/**
 * Checks what is deployed, on any machine with Node: the image's recipe, the compose files, the Helm chart and the
 * manifests rendered from it, and the workflows. `--write` renders deploy/kubernetes/roster.yaml again.
 */
import { settings } from '../server/src/settings/settings.ts'
import { checkChart, checkManifests } from './check/chart.ts'
import { checkCompose } from './check/compose.ts'
import { findHelm } from './check/helm.ts'
import { checkImage } from './check/image.ts'
import { createReport } from './check/report.ts'
import { checkWorkflows } from './check/workflows.ts'

process.chdir(new URL('..', import.meta.url).pathname)
const { report, totals } = createReport((line) => console.log(line))
const rows: readonly { name: string; secret?: true }[] = Object.values(settings)
const names = new Set(rows.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])))

checkImage(report)
checkCompose(report, names)
const helm = findHelm('node_modules/.cache/helm')
if (helm) await checkChart(report, names, helm, process.argv.includes('--write'))
else report.skipped('the chart', 'there is no helm on this machine, and none for it on npm')
await checkManifests(report, names)
await checkWorkflows(report)

const { passed, failed } = totals()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
