/** Rules of this project for its Kubernetes manifests, beyond what the schemas ask. */
import type { Manifest } from './kubernetes.ts'

type Container = {
  name: string
  image?: string
  env?: { name: string }[]
  resources?: { requests?: object; limits?: { memory?: string } }
  securityContext?: {
    allowPrivilegeEscalation?: boolean
    readOnlyRootFilesystem?: boolean
    capabilities?: { drop?: string[] }
  }
  livenessProbe?: object
  readinessProbe?: object
  startupProbe?: object
}
type PodSpec = {
  automountServiceAccountToken?: boolean
  enableServiceLinks?: boolean
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number; seccompProfile?: { type?: string } }
  containers: Container[]
}
type Labels = Record<string, string>
type Workload = { spec: { template: { metadata: { labels: Labels }; spec: PodSpec } } }
type Selecting = {
  spec: { selector?: Labels & { matchLabels?: Labels }; podSelector?: { matchLabels: Labels } }
}

/** @param settings the names that the service knows in its environment */
export function ruleFaults(manifests: readonly Manifest[], settings: ReadonlySet<string>): string[] {
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
  const pods = workloads.map((manifest) => (manifest as unknown as Workload).spec.template)
  return [
    ...workloads.flatMap((manifest) =>
      workloadFaults(manifest, settings).map((fault) => `${label(manifest)}: ${fault}`),
    ),
    ...manifests
      .filter((manifest) => selects(manifest, pods) === false)
      .map((manifest) => `${label(manifest)}: selects no pod`),
  ]
}

const label = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`

function workloadFaults(manifest: Manifest, settings: ReadonlySet<string>): string[] {
  const { spec } = (manifest as unknown as Workload).spec.template
  const faults: string[] = []
  if (spec.automountServiceAccountToken !== false) faults.push('mounts the token of a service account')
  if (spec.enableServiceLinks !== false) faults.push('lets a Service named roster set ROSTER_PORT')
  if (!spec.securityContext?.runAsNonRoot || !spec.securityContext.runAsUser) faults.push('may run as root')
  if (spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault') faults.push('has no seccomp profile')
  for (const container of spec.containers) faults.push(...containerFaults(container, manifest.kind, settings))
  return faults
}

function containerFaults(container: Container, kind: string, settings: ReadonlySet<string>): string[] {
  const faults: string[] = []
  const security = container.securityContext
  if (security?.allowPrivilegeEscalation !== false) faults.push('allows privilege escalation')
  if (!security?.readOnlyRootFilesystem) faults.push('has a writable root file system')
  if (!security?.capabilities?.drop?.includes('ALL')) faults.push('keeps capabilities')
  if (!/[:@][^:/]+$/.test(container.image ?? '') || container.image?.endsWith(':latest'))
    faults.push('names no version of its image')
  if (!container.resources?.requests || !container.resources.limits?.memory) faults.push('has no resources')
  if (
    kind === 'Deployment' &&
    !(container.startupProbe && container.livenessProbe && container.readinessProbe)
  ) {
    faults.push('lacks a probe')
  }
  const unknown = (container.env ?? []).filter(({ name }) => !settings.has(name))
  return [...faults, ...unknown.map(({ name }) => `${name} is not a setting`)].map(
    (fault) => `${container.name} ${fault}`,
  )
}

/** Whether what the manifest selects is there; undefined when it selects nothing by labels. */
function selects(manifest: Manifest, pods: readonly { metadata: { labels: Labels } }[]): boolean | undefined {
  if (!['Service', 'PodDisruptionBudget', 'NetworkPolicy', 'Deployment'].includes(manifest.kind))
    return undefined
  const { selector, podSelector } = (manifest as unknown as Selecting).spec
  const wanted = podSelector?.matchLabels ?? selector?.matchLabels ?? selector ?? {}
  return pods.some((pod) =>
    Object.entries(wanted).every(([name, value]) => pod.metadata.labels[name] === value),
  )
}
