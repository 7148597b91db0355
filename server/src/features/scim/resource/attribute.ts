/** Attributes of SCIM resources (RFC 7643 §7). Bodies, paths and filters are parsed only with these. */

export type AttributeType = 'string' | 'boolean' | 'dateTime' | 'reference' | 'complex'

export type Attribute = {
  name: string
  type: AttributeType
  multiValued: boolean
  description: string
  required: boolean
  caseExact: boolean
  mutability: 'readOnly' | 'readWrite' | 'immutable'
  /** `request`: only when the request names it. */
  returned: 'always' | 'default' | 'request'
  uniqueness: 'none' | 'server'
  referenceTypes?: string[]
  canonicalValues?: string[]
  subAttributes?: Attribute[]
}

export type Schema = { id: string; name: string; description: string; attributes: Attribute[] }

/**
 * A resource type: its schema and extensions. The attributes of an extension are in a member with the name of the
 * extension.
 */
export type ResourceType = {
  id: 'User' | 'Group'
  endpoint: string
  description: string
  schema: Schema
  extensions: Schema[]
}

export function attribute(
  name: string,
  description: string,
  more: Partial<Omit<Attribute, 'name' | 'description'>> = {},
): Attribute {
  return {
    name,
    type: more.subAttributes ? 'complex' : 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...more,
  }
}

/** `value`, `display`, `type` and `primary` of a multi-valued attribute, and further sub-attributes. */
export function manyValues(
  name: string,
  description: string,
  more: Attribute[],
  required = false,
): Attribute {
  return attribute(name, description, {
    multiValued: true,
    required,
    subAttributes: [
      ...more,
      attribute('display', 'How the value is shown.'),
      attribute('type', 'What the value is for, such as work or home.'),
      attribute('primary', 'Whether this is the preferred value.', { type: 'boolean' }),
    ],
  })
}

const common: Attribute[] = [
  attribute('id', 'The id that the service gave.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'The id in the system that provisions.', { caseExact: true }),
  attribute('schemas', 'The schemas of the resource.', {
    type: 'reference',
    multiValued: true,
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
  }),
  attribute('meta', 'What the service knows of the resource.', {
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'The type.', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When it was created.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When it changed last.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Its address.', { type: 'reference', caseExact: true, mutability: 'readOnly' }),
      attribute('version', 'Its ETag.', { caseExact: true, mutability: 'readOnly' }),
    ],
  }),
]

/** The attributes at the top level of a resource: those of its schema, and the common ones. */
export function topAttributes({ schema }: ResourceType): Attribute[] {
  return [...common, ...schema.attributes]
}

/** The attribute with this name, in any case. */
export function named(attributes: readonly Attribute[], name: string): Attribute | undefined {
  const wanted = name.toLowerCase()
  return attributes.find((each) => each.name.toLowerCase() === wanted)
}

/** The position of an attribute: in an extension or at the top level, with a sub-attribute. */
export type Place = { extension: Schema | null; attribute: Attribute; sub: Attribute | null }

/**
 * Resolves a path such as `name.givenName` or `urn:…:User:department`; for the name of an extension only `extension` is
 * set.
 * @returns undefined for an unknown path
 */
export function findPlace(type: ResourceType, path: string): Place | Schema | undefined {
  const lower = path.toLowerCase()
  const whole = type.extensions.find(({ id }) => id.toLowerCase() === lower)
  if (whole) return whole
  const home = [type.schema, ...type.extensions].find(({ id }) => lower.startsWith(`${id.toLowerCase()}:`))
  const extension = home && home !== type.schema ? home : null
  const [name = '', subName, ...rest] = (home ? path.slice(home.id.length + 1) : path).split('.')
  const found = named(extension ? extension.attributes : topAttributes(type), name)
  if (!found || rest.length > 0) return undefined
  if (subName === undefined) return { extension, attribute: found, sub: null }
  const sub = named(found.subAttributes ?? [], subName)
  return sub && { extension, attribute: found, sub }
}
