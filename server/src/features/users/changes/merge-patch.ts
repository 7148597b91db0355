/** JSON Merge Patch (RFC 7396). */
import { isJsonObject, type JsonObject } from '../../../encoding/json-object.ts'

/**
 * The target with the patch applied: null removes a member, an object is merged into it, and any other value replaces
 * it.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {}
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name]
    else merged[name] = mergePatch(merged[name], value)
  }
  return merged
}
