/** User tables of frameworks: Laravel, Devise (Ruby on Rails), Strapi, PocketBase. */
import { statusOf } from '../../columns/account-status.ts'
import type { ImportedUser } from '../../imported-user.ts'
import {
  type Fields,
  ignore,
  takeFlag,
  takeInstant,
  takeRest,
  takeText,
  takeWord,
  usernameOf,
  userOfParts,
} from '../fields.ts'
import { createFormat } from '../format.ts'
import { hasAll, hasAny } from '../outline.ts'
import { isSaid, namesOfWhole } from './parts.ts'

type Parts = Omit<Parameters<typeof userOfParts>[1], 'metadata' | 'username'>

function userWith(fields: Fields, username: string | undefined, parts: Parts): ImportedUser {
  const metadata = takeRest(fields)
  return userOfParts(fields, { username: usernameOf(username, parts.email, metadata), ...parts, metadata })
}

/** The columns that all four have. */
function commonParts(fields: Fields) {
  const { first_name, last_name } = namesOfWhole(takeWord(fields, 'name'))
  return {
    email: takeWord(fields, 'email'),
    first_name: takeWord(fields, 'first_name', 'firstname') ?? first_name,
    last_name: takeWord(fields, 'last_name', 'lastname') ?? last_name,
    external_id: takeWord(fields, 'id'),
    created_at: takeInstant(fields, 'created_at', 'created', 'createdAt'),
    updated_at: takeInstant(fields, 'updated_at', 'updated', 'updatedAt'),
  }
}

function readLaravel(fields: Fields): ImportedUser {
  const isVerified = isSaid(fields, 'email_verified_at')
  const isDeleted = isSaid(fields, 'deleted_at')
  ignore(fields, 'email_verified_at', 'remember_token', 'deleted_at')
  return userWith(fields, takeWord(fields, 'username'), {
    ...commonParts(fields),
    email_verified: isVerified,
    status: isDeleted ? 'disabled' : (statusOf(fields) ?? 'active'),
    password: takeText(fields, 'password'),
  })
}

const ofDevise = [
  ...['reset_password_token', 'reset_password_sent_at', 'remember_created_at', 'sign_in_count'],
  ...['current_sign_in_at', 'confirmation_token', 'confirmation_sent_at', 'failed_attempts', 'unlock_token'],
  ...[
    'current_sign_in_ip',
    'last_sign_in_ip',
    'unconfirmed_email',
    'locked_at',
    'confirmed_at',
    'deleted_at',
  ],
]

function readDevise(fields: Fields): ImportedUser {
  const says = Object.hasOwn(fields.members, 'confirmed_at')
  const isVerified = says ? isSaid(fields, 'confirmed_at') : undefined
  const isOff = isSaid(fields, 'deleted_at') || isSaid(fields, 'discarded_at')
  const last_login_at = takeInstant(fields, 'current_sign_in_at', 'last_sign_in_at')
  ignore(fields, ...ofDevise, 'discarded_at', 'last_sign_in_at')
  return userWith(fields, takeWord(fields, 'username', 'login'), {
    ...commonParts(fields),
    email_verified: isVerified,
    status: isOff ? 'disabled' : (statusOf(fields) ?? 'active'),
    last_login_at,
    password: takeText(fields, 'encrypted_password'),
  })
}

function readStrapi(fields: Fields): ImportedUser {
  ignore(fields, 'provider', 'confirmation_token', 'reset_password_token', 'created_by_id', 'updated_by_id')
  ignore(fields, 'document_id', 'documentId', 'published_at', 'publishedAt', 'locale')
  return userWith(fields, takeWord(fields, 'username'), {
    ...commonParts(fields),
    email_verified: takeFlag(fields, 'confirmed'),
    status: statusOf(fields) ?? 'active',
    password: takeText(fields, 'password'),
  })
}

function readPocketbase(fields: Fields): ImportedUser {
  ignore(fields, 'tokenKey', 'emailVisibility', 'collectionId', 'collectionName', 'lastResetSentAt')
  ignore(fields, 'lastVerificationSentAt', 'lastLoginAlertSentAt')
  return userWith(fields, takeWord(fields, 'username'), {
    ...commonParts(fields),
    email_verified: takeFlag(fields, 'verified'),
    status: statusOf(fields) ?? 'active',
    password: takeText(fields, 'password', 'passwordHash'),
  })
}

type Table = { name: string; all: string[]; any: string[]; read(fields: Fields): ImportedUser }

const tables: Table[] = [
  { name: 'laravel', all: ['email', 'password', 'remember_token'], any: ['email'], read: readLaravel },
  { name: 'devise', all: ['encrypted_password'], any: ofDevise.slice(0, 4), read: readDevise },
  {
    name: 'strapi',
    all: ['email', 'password', 'provider', 'blocked'],
    any: ['confirmation_token', 'reset_password_token', 'confirmed'],
    read: readStrapi,
  },
  { name: 'pocketbase', all: ['tokenKey', 'email'], any: ['password', 'passwordHash'], read: readPocketbase },
]

export const frameworks = tables.map(({ name, all, any, read }) =>
  createFormat({
    name,
    likeness: ({ names }) => (hasAll(names, ...all) && hasAny(names, ...any) ? 0.95 : 0),
    userReader: () => read,
    csv: {},
    sql: {
      users: (_table, columns) =>
        all.every((column) => columns.includes(column)) && any.some((column) => columns.includes(column)),
    },
  }),
)
