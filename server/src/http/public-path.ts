/**
 * Routes are registered without the path of the public URL. It is removed from requests and added to paths in `Location`.
 * A proxy may keep it or remove it.
 */
import type { App } from './types.ts'

/** The target of a request without the path of the public URL. */
export function withoutPath(path: string, target: string): string {
  if (path === '' || !target.startsWith(path)) return target
  const rest = target.slice(path.length)
  if (rest === '' || rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : target
}

/** Routes set `Location` to one of their paths, or to a complete URL. */
export function completeLocations(app: App, path: string): void {
  if (path === '') return
  app.addHook('onSend', (_request, reply, payload, done) => {
    const location = reply.getHeader('location')
    if (typeof location === 'string' && location.startsWith('/')) reply.header('location', path + location)
    done(null, payload)
  })
}
