/** Whether a grant of the library contains the scopes, for the user's claims and for each audience. */
export function covers(
  grant: {
    getOIDCScopeEncountered(): string
    getResourceScopeEncountered(resource: string): string
  },
  scopes: readonly string[],
  resources: readonly string[],
): boolean {
  const held = (text: string | undefined) => new Set((text ?? '').split(' '))
  return [
    held(grant.getOIDCScopeEncountered()),
    ...resources.map((resource) => held(grant.getResourceScopeEncountered(resource))),
  ].every((set) => scopes.every((scope) => set.has(scope)))
}
