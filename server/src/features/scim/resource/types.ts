/**
 * The resource types: users and groups, with the attributes that are stored (RFC 7643 §4). Other attributes are ignored.
 */
import { attribute, manyValues, type ResourceType, type Schema } from './attribute.ts'

export const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
export const metadataUrn = 'urn:roster:params:scim:schemas:extension:metadata:2.0:User'

const user: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A user account',
  attributes: [
    attribute('userName', 'The name in the system that provisions, often an e-mail address.', {
      required: true,
      uniqueness: 'server',
    }),
    attribute('name', 'The parts of the name.', {
      subAttributes: [
        attribute('formatted', 'The whole name.'),
        attribute('familyName', 'The last name.'),
        attribute('givenName', 'The first name.'),
        attribute('middleName', 'The names between.'),
        attribute('honorificPrefix', 'A title in front.'),
        attribute('honorificSuffix', 'A title behind.'),
      ],
    }),
    attribute('displayName', 'The name that is shown.'),
    attribute('nickName', 'What friends say.'),
    attribute('profileUrl', 'A page about the user.', { type: 'reference', referenceTypes: ['external'] }),
    attribute('title', 'The job title.'),
    attribute('userType', 'Such as employee or contractor.'),
    attribute('preferredLanguage', 'As in Accept-Language.'),
    attribute('locale', 'For dates and numbers.'),
    attribute('timezone', 'Such as Europe/Berlin.'),
    attribute('active', 'Whether the user may sign in; true for a new user of whom nothing is said.', {
      type: 'boolean',
      required: true,
    }),
    manyValues(
      'emails',
      'E-mail addresses; the primary one is the address of the account.',
      [attribute('value', 'The address.', { required: true })],
      true,
    ),
    manyValues('phoneNumbers', 'Telephone numbers.', [attribute('value', 'The number.')]),
    attribute('addresses', 'Postal addresses.', {
      multiValued: true,
      subAttributes: [
        attribute('formatted', 'The whole address.'),
        attribute('streetAddress', 'Street and number.'),
        attribute('locality', 'The city.'),
        attribute('region', 'The state.'),
        attribute('postalCode', 'The postal code.'),
        attribute('country', 'The country, in two letters.'),
        attribute('type', 'Such as work or home.'),
        attribute('primary', 'Whether this is the preferred one.', { type: 'boolean' }),
      ],
    }),
    attribute('groups', 'The groups of the user.', {
      multiValued: true,
      mutability: 'readOnly',
      subAttributes: [
        attribute('value', 'The id of the group.', { caseExact: true, mutability: 'readOnly' }),
        attribute('$ref', 'Its address.', {
          type: 'reference',
          caseExact: true,
          mutability: 'readOnly',
          referenceTypes: ['Group'],
        }),
        attribute('display', 'Its name.', { mutability: 'readOnly' }),
        attribute('type', 'direct or indirect.', { mutability: 'readOnly' }),
      ],
    }),
  ],
}

const enterprise: Schema = {
  id: enterpriseUrn,
  name: 'EnterpriseUser',
  description: 'What employers know of a user',
  attributes: [
    attribute('employeeNumber', 'The number of the employee.'),
    attribute('costCenter', 'The cost center.'),
    attribute('organization', 'The organization.'),
    attribute('division', 'The division.'),
    attribute('department', 'The department.'),
    attribute('manager', 'The manager.', {
      subAttributes: [
        attribute('value', 'The id of the manager.', { caseExact: true }),
        attribute('$ref', 'The address of the manager.', {
          type: 'reference',
          caseExact: true,
          referenceTypes: ['User'],
        }),
        attribute('displayName', 'The name of the manager.'),
      ],
    }),
  ],
}

const metadata: Schema = {
  id: metadataUrn,
  name: 'Metadata',
  description: 'The metadata of the user in Roster',
  attributes: [
    attribute('entries', 'The members of the metadata.', {
      multiValued: true,
      required: true,
      subAttributes: [
        attribute('name', 'The name of the member.', { caseExact: true }),
        attribute('value', 'Its value: a text as it is, anything else as JSON.', { caseExact: true }),
      ],
    }),
  ],
}

const group: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A group of users',
  attributes: [
    attribute('displayName', 'The name.', { required: true, uniqueness: 'server' }),
    attribute('members', 'The users and groups in it.', {
      multiValued: true,
      subAttributes: [
        attribute('value', 'The id of the member.', { caseExact: true, mutability: 'immutable' }),
        attribute('$ref', 'Its address.', {
          type: 'reference',
          caseExact: true,
          mutability: 'immutable',
          referenceTypes: ['User', 'Group'],
        }),
        attribute('type', 'User or Group.', {
          mutability: 'immutable',
          canonicalValues: ['User', 'Group'],
        }),
        attribute('display', 'The name of the member.', { mutability: 'readOnly', returned: 'request' }),
      ],
    }),
  ],
}

export const userType: ResourceType = {
  id: 'User',
  endpoint: '/Users',
  description: 'User accounts',
  schema: user,
  extensions: [enterprise, metadata],
}

export const groupType: ResourceType = {
  id: 'Group',
  endpoint: '/Groups',
  description: 'Groups of users',
  schema: group,
  extensions: [],
}

export const schemas: readonly Schema[] = [user, group, enterprise, metadata]
