/** The capabilities of the service and its schemas (RFC 7643 §5–7, RFC 7644 §4). */
import { AppError } from '../../errors.ts'
import { maxCount } from './query.ts'
import type { Attribute, ResourceType, Schema } from './resource/attribute.ts'
import { groupType, schemas, userType } from './resource/types.ts'

export const maxBulkOperations = 200
export const maxPayload = 4 * 1024 * 1024
const core = 'urn:ietf:params:scim:schemas:core:2.0'

export function createDiscovery(base: string) {
  const listOf = (resources: object[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: resources.length,
    startIndex: 1,
    itemsPerPage: resources.length,
    Resources: resources,
  })
  const types = [userType, groupType].map((type) => typeDocument(base, type))
  const documents = schemas.map((schema) => schemaDocument(base, schema))
  const found = <T>(document: T | undefined): T => {
    if (!document) throw new AppError('not_found')
    return document
  }

  return {
    config: {
      schemas: [`${core}:ServiceProviderConfig`],
      documentationUri: `${base.replace(/\/scim\/v2$/, '')}/docs`,
      patch: { supported: true },
      bulk: { supported: true, maxOperations: maxBulkOperations, maxPayloadSize: maxPayload },
      filter: { supported: true, maxResults: maxCount },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: 'index',
        defaultPageSize: 100,
        maxPageSize: maxCount,
      },
      authenticationSchemes: [
        {
          type: 'oauthbearertoken',
          name: 'API key',
          description: 'An API key with the permission scim:read or scim:write, as a bearer token',
          specUri: 'https://www.rfc-editor.org/rfc/rfc6750',
          primary: true,
        },
      ],
      meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
    },
    resourceTypes: listOf(types),
    resourceType: (id: string) => found(types.find((type) => type.id === id)),
    schemas: listOf(documents),
    schema: (id: string) => found(documents.find((schema) => schema.id.toLowerCase() === id.toLowerCase())),
  }
}

function typeDocument(base: string, { id, endpoint, description, schema, extensions }: ResourceType) {
  return {
    schemas: [`${core}:ResourceType`],
    id,
    name: id,
    endpoint,
    description,
    schema: schema.id,
    schemaExtensions: extensions.map((extension) => ({ schema: extension.id, required: false })),
    meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${id}` },
  }
}

function schemaDocument(base: string, { id, name, description, attributes }: Schema) {
  return {
    schemas: [`${core}:Schema`],
    id,
    name,
    description,
    attributes: attributes.map(attributeDocument),
    meta: { resourceType: 'Schema', location: `${base}/Schemas/${id}` },
  }
}

function attributeDocument({ subAttributes, ...attribute }: Attribute): object {
  return {
    ...attribute,
    ...(subAttributes && { subAttributes: subAttributes.map(attributeDocument) }),
  }
}
