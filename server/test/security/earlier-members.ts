/** Roles and groups of sign-ups with unproven addresses, as earlier versions gave them and rules of providers give them. */
import type { Service } from '../harness.ts'

export async function joinEarlier(service: Service, groupId: string, userId: string): Promise<void> {
  await service.roster.database.transaction(async (tx) => {
    await tx.insertInto('group_members').values({ group_id: groupId, user_id: userId }).execute()
  })
}

export async function holdEarlier(service: Service, role: string, userId: string): Promise<void> {
  await service.roster.database.transaction(async (tx) => {
    await tx.insertInto('user_roles').values({ user_id: userId, role }).execute()
  })
}
