/** A second Roster as the provider: each is a real service, one is an application of the other. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { onBothEngines, password } from '../harness.ts'
import { registerAt, startIssuer } from '../judges/judge.ts'
import { createTraveller } from './traveller.ts'

onBothEngines('a second Roster as the provider', (engine) => {
  it('signs its users in with address and role, and no longer once they are disabled there', async (t) => {
    const { service: head, issuer } = await startIssuer(t)
    const headAdmin = await head.admin()
    await head.call('POST', '/roles', { as: headAdmin.token, body: { name: 'staff', permissions: [] } })
    const ann = await head.createUser({ username: 'ann', email_verified: true, roles: ['staff'] })
    const outgoing = { ROSTER_OUTGOING_NETWORKS: '127.0.0.0/8,::1/128' }
    const { service, issuer: base } = await startIssuer(t, outgoing, engine)
    const redirect_uris = [`${base}/auth/providers/head/callback`]
    const client = await registerAt(head, base, { redirect_uris })
    const admin = await service.admin()
    await service.call('POST', '/roles', { as: admin.token, body: { name: 'colleague', permissions: [] } })
    const fields = {
      ...{ kind: 'oidc', id: 'head', name: 'Head office', issuer },
      ...{ client_id: client.client_id, client_secret: client.client_secret },
      scopes: ['openid', 'profile', 'email', 'roles'],
      ...{ sign_up: 'open', domains: ['*'] },
      role_rules: [{ claim: 'roles', value: 'staff', role: 'colleague' }],
    }
    const made = await service.call('POST', '/identity-providers', { as: admin.token, body: fields })
    assert.equal(made.status, 201, made.text)

    const start = `${base}/auth/providers/head/start`
    /** A browser in which the user signs in there, and with that here. */
    const enter = async (username: string) => {
      const traveller = createTraveller()
      const json = { username, password, shared_computer: false }
      assert.equal((await traveller.visit(`${issuer}/auth/session`, { json })).status, 200)
      await traveller.follow(
        start,
        ({ origin, pathname }) => origin === base && !pathname.startsWith('/auth/'),
      )
      return traveller
    }
    const whoIs = async (traveller: ReturnType<typeof createTraveller>) => {
      const { status, body } = await traveller.visit(`${base}/auth/session`)
      return status === 200 ? (body as { user: Record<string, unknown> }) : null
    }
    const traveller = await enter('ann')
    const session = await whoIs(traveller)
    assert.deepEqual(
      [session?.user.username, session?.user.email, session?.user.email_verified, session?.user.roles],
      ['ann', ann.email, true, ['colleague', 'user']],
    )
    const identities = await service.call('GET', `/users/${session?.user.id}/identities`, { as: admin.token })
    assert.deepEqual([identities.body[0].issuer, identities.body[0].subject], [issuer, ann.id])

    // The issuer and the id there identify the user; a new address and a lost role change neither.
    await head.call('PATCH', `/users/${ann.id}`, {
      as: headAdmin.token,
      body: { email: 'new@example.com', email_verified: true, roles: ['user'] },
    })
    const again = await enter('ann')
    const later = await whoIs(again)
    assert.deepEqual(
      [later?.user.id, later?.user.email, later?.user.roles],
      [session?.user.id, ann.email, ['user']],
    )

    await head.call('PATCH', `/users/${ann.id}`, { as: headAdmin.token, body: { status: 'disabled' } })
    await service.call('DELETE', `/users/${session?.user.id}/sessions`, { as: admin.token })
    assert.equal(await whoIs(again), null)
    // The cookie of the session there has ended with the account, so the sign-in page of the provider is shown.
    const landing = await again.follow(start)
    assert.deepEqual([landing.origin, landing.pathname], [issuer, '/sign-in'])
    assert.equal(await whoIs(again), null)
  })
})
