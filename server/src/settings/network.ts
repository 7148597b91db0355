/** The settings of proxies in front of the service, and of requests that it sends. */
import { address, integer, list, network, oneOf, optionalList } from './values.ts'

export const networkSettings = {
  trustedProxies: {
    name: 'ROSTER_TRUSTED_PROXIES',
    fallback: 'none',
    about:
      'addresses or networks (CIDR) of the proxies whose header with the address of the client is trusted',
    read: list(address, 'addresses or networks'),
  },
  trustedProxyHops: {
    name: 'ROSTER_TRUSTED_PROXY_HOPS',
    fallback: 'none',
    about:
      'number of proxies in front, if their addresses are not known; instead of `ROSTER_TRUSTED_PROXIES`. Only the last proxy may be able to reach Roster',
    read: integer(1, 20, null),
  },
  forwardedHeader: {
    name: 'ROSTER_FORWARDED_HEADER',
    fallback: 'x-forwarded-for',
    about: 'header in which these proxies name the client: `x-forwarded-for` or `forwarded` (RFC 7239)',
    read: oneOf(['x-forwarded-for', 'forwarded'], 'x-forwarded-for'),
  },
  trustedBackends: {
    name: 'ROSTER_TRUSTED_BACKENDS',
    fallback: 'none',
    about:
      'addresses or networks (CIDR) of application servers that send the address of their client in the header `Roster-Client-Address`. Rate limits then count the client and not the server',
    read: list(address, 'addresses or networks'),
  },
  outgoingNetworks: {
    name: 'ROSTER_OUTGOING_NETWORKS',
    fallback: 'this machine, if `ROSTER_PUBLIC_URL` is on it; else none',
    about:
      'private addresses or networks (CIDR) to which Roster may send requests, also by http: webhooks, back-channel logout and other addresses that administrators enter',
    read: optionalList(network, 'addresses or networks'),
  },
  shutdownDelaySeconds: {
    name: 'ROSTER_SHUTDOWN_DELAY_SECONDS',
    fallback: '5 with trusted proxies, else 0',
    about:
      'seconds for which the service still answers requests after SIGTERM, while `/health/ready` is 503, so that a load balancer notices',
    read: integer(0, 60, null),
  },
} as const
