/** Requests of the tests about sign-ups with the address of another person. */
import assert from 'node:assert/strict'
import { password, type Service, type TestUser } from '../harness.ts'

/** @param started returns the service and its administrator, once they exist */
export function requestsTo(started: () => { service: Service; admin: TestUser }) {
  const call = (method: string, path: string, body?: object, as = started().admin.token) =>
    started().service.call(method, path, { as, ...(body && { body }) })

  const make = async (path: string, body: object) => {
    const answer = await call('POST', path, body)
    assert.equal(answer.status, 201, answer.text)
    return answer.body
  }

  return {
    call,
    /** Creates a resource and returns it. */
    make,

    /** A role with a permission, and the secret of an API key for SCIM. */
    async makeReaderAndDirectory(): Promise<string> {
      await make('/roles', { name: 'reader', permissions: ['users:read'] })
      const permissions = ['scim:read', 'scim:write', 'users:read']
      return (await make('/api-keys', { name: 'directory', permissions })).secret
    },

    /** A stranger signs up. @returns the id */
    async signUp(username: string): Promise<string> {
      const body = { username, email: `${username}@corp.example`, password }
      return (await started().service.call('POST', '/users', { body })).body.id
    },

    /** The access token of the stranger. */
    async token(username: string): Promise<string> {
      const entered = await started().service.call('POST', '/auth/login', { body: { username, password } })
      assert.equal(entered.status, 200, entered.text)
      return entered.body.access_token
    },
  }
}
