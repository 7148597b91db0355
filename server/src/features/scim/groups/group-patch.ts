/** Combines the operations of a PATCH of a group to one change, without reading other members. */

import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'
import { AppError } from '../../../errors.ts'
import { fits } from '../filter/evaluate.ts'
import type { Attribute } from '../resource/attribute.ts'
import { findPlace } from '../resource/attribute.ts'
import { type Operation, readOperations, type Target, targetOf } from '../resource/patch.ts'
import { type Ignored, type Resource, readValue } from '../resource/read.ts'
import { groupType } from '../resource/types.ts'
import { scimError } from '../scim-error.ts'

export type GroupChange = {
  displayName: unknown
  externalId: unknown
  /** Whether `add` contains all members, so that others are removed. */
  isWhole: boolean
  add: string[]
  remove: string[]
}

export async function readGroupChange(
  body: JsonObject,
  id: string,
  membersOf: () => Promise<Resource[]>,
  ignored: Ignored,
): Promise<GroupChange> {
  const members = { isWhole: false, add: new Set<string>(), remove: new Set<string>() }
  const fields: { displayName?: unknown; externalId?: unknown } = {}

  const add = (ids: readonly string[]) => {
    for (const each of ids) {
      members.remove.delete(each)
      members.add.add(each)
    }
  }
  const remove = (ids: readonly string[]) => {
    for (const each of ids) {
      members.add.delete(each)
      members.remove.add(each)
    }
  }
  const replaceAll = (ids: readonly string[]) => {
    members.isWhole = true
    members.add = new Set(ids)
    members.remove.clear()
  }
  const setMembers = (op: Operation['op'], value: unknown) => {
    const ids = idsIn(value)
    if (op === 'add') add(ids)
    else if (op === 'replace') replaceAll(ids)
    else if (value === undefined || value === null) replaceAll([])
    else remove(ids)
  }
  const setField = (attribute: Attribute, op: Operation['op'], value: unknown) => {
    const { name } = attribute
    if (name !== 'displayName' && name !== 'externalId') return ignored(name)
    fields[name] = op === 'remove' ? null : readValue(attribute, value, ignored)
  }
  const removeFitting = async ({ filter, sub, attribute }: Target, op: Operation['op']) => {
    if (attribute.name !== 'members' || op !== 'remove' || sub !== null)
      throw scimError('mutability', 'Members are added and removed, not changed.')
    const wanted = filter!
    const isId = wanted.op === 'eq' && wanted.path.join('.') === 'value'
    if (isId) return remove([String(wanted.value).toLowerCase()])
    remove((await membersOf()).filter((each) => fits(wanted, each)).map(({ value }) => String(value)))
  }
  const applyMember = (op: Operation['op'], name: string, value: unknown) => {
    const place = findPlace(groupType, name)
    if (!place || !('attribute' in place)) return ignored(name)
    const { attribute, sub } = place
    if (attribute.name === 'schemas' || (attribute.name === 'id' && value === id)) return
    if (attribute.mutability === 'readOnly') throw scimError('mutability', `${attribute.name} is read-only.`)
    if (attribute.name === 'members' && sub === null) setMembers(op, value)
    else setField(attribute, op, value)
  }

  for (const { op, path, value } of readOperations(body)) {
    if (path === null) {
      for (const [name, member] of Object.entries(value)) applyMember(op, name, member)
      continue
    }
    const target = targetOf(groupType, path)
    if (!target || !('attribute' in target)) ignored(path)
    else if (target.filter !== null) await removeFitting(target, op)
    else if (target.attribute.name === 'members') setMembers(op, memberValue(target, value))
    else setField(target.attribute, op, value)
  }
  return {
    displayName: fields.displayName,
    externalId: fields.externalId,
    isWhole: members.isWhole,
    add: [...members.add],
    remove: [...members.remove],
  }
}

/** `members.value` means the members with these ids. */
function memberValue({ sub }: Target, value: unknown): unknown {
  if (sub === null || sub.name === 'value') return value
  throw scimError(
    'mutability',
    isJsonObject(value) ? 'Members are not changed.' : `${sub.name} is not changed.`,
  )
}

const maxMembers = 50_000

/** The ids in a list of members. */
export function idsIn(members: unknown): string[] {
  if (members === null || members === undefined) return []
  const given = [members].flat().map((each) => (isJsonObject(each) ? each['value'] : each))
  const ids = given.filter((id) => typeof id === 'string')
  if (ids.length < given.length) throw scimError('invalidValue', 'A member has a value.')
  if (ids.length > maxMembers) throw new AppError('body_too_large')
  return [...new Set(ids.map((id) => id.toLowerCase()))]
}
