/** A client for Roster, typed by its OpenAPI document, without dependencies. */

export type { Answer, Body, Call, Query, Result } from './call.ts'
export { type ClientOptions, createClient, type RosterClient } from './client.ts'
export { type Fault, isRosterError, type Problem, RosterError, type RosterErrorCode } from './errors.ts'
export type { ClientCredentials } from './machine.ts'
export type { Page } from './pages.ts'
export type { ApiKey, AuditEvent, AuditQuery, CreatedApiKey, Role } from './resources/access.ts'
export type { SignedIn, SignInFields } from './resources/auth.ts'
export type { Session, User, UserPatch, UserQuery } from './resources/users.ts'
export { memoryTokens, type TokenStore, type Tokens } from './tokens.ts'
export type {
  Export,
  ExportedUser,
  ExportOptions,
  ImportCounts,
  ImportOptions,
  ImportResult,
  ImportSource,
  ImportSummary,
} from './transfer.ts'
export type { CallOptions } from './transport.ts'
export type { components, operations, paths } from './types.ts'
export type { ChangeOptions, Versioned } from './versions.ts'
