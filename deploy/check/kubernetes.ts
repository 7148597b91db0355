/** Kubernetes documents against the schemas of the Kubernetes API, without a cluster. */
import { parseAllDocuments } from 'yaml'

export type Manifest = {
  apiVersion: string
  kind: string
  metadata: { name: string }
  [field: string]: unknown
}

type Fault = { instancePath: string; message?: string; keyword: string; params: Record<string, unknown> }
type Validate = ((data: unknown) => boolean) & { errors?: Fault[] | null }

/** @throws when the text is no YAML */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' })
    .map((document) => {
      if (document.errors[0]) throw document.errors[0]
      return document.toJS() as Manifest | null
    })
    .filter((manifest) => manifest !== null)
}

/** What is wrong with the manifest: wrong types, missing fields, and fields that Kubernetes does not know. */
export async function schemaFaults(manifest: Manifest): Promise<string[]> {
  const validate = await schemaOf(manifest).catch(() => undefined)
  if (!validate) return [`no such kind: ${manifest.apiVersion} ${manifest.kind}`]
  const unread = new Map<string, Set<string>>()
  const valid = validate(watch(manifest, '', unread))
  const wrong = valid ? [] : (validate.errors ?? []).map(describe)
  const unknown = [...unread].flatMap(([at, names]) => [...names].map((name) => `${at}/${name} is no field`))
  return [...new Set([...wrong, ...unknown])]
}

async function schemaOf({ apiVersion, kind }: Manifest): Promise<Validate> {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion]
  const name = `IoK8sApi${capital(group!.split('.')[0]!)}${capital(version!)}${kind}`
  const { validate } = (await import(`kubernetes-models/_schemas/${name}`)) as { validate: Validate }
  return validate
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

const describe = ({ instancePath, message, keyword, params }: Fault) =>
  `${instancePath || '/'} ${message ?? `${keyword} ${JSON.stringify(params)}`}`

/**
 * The same value, noting in `unread` the fields that no check has read. The schemas do not forbid unknown fields, but a
 * field that is in the schema is always read while it is being validated.
 */
function watch(value: unknown, at: string, unread: Map<string, Set<string>>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const names = new Set(Array.isArray(value) ? [] : Object.keys(value))
  unread.set(at, names)
  const children = new Map<PropertyKey, unknown>()
  return new Proxy(value, {
    get(target, key) {
      const child: unknown = Reflect.get(target, key)
      if (typeof key === 'symbol' || typeof child === 'function') return child
      names.delete(key)
      if (!children.has(key)) children.set(key, watch(child, `${at}/${key}`, unread))
      return children.get(key)
    },
  })
}
