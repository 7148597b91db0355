/** The version of the service, from its package. */
import server from '../../package.json' with { type: 'json' }

export const { version } = server
