/** The settings about proxies in front of the service, and about requests that it sends. */
import { address, integer, list, network, oneOf, optionalList } from './values.ts'

export const networkSettings = {
  trustedProxies: {
    name: 'ROSTER_TRUSTED_PROXIES',
    fallback: 'none',
    about:
      'addresses or networks (CIDR) of proxies that are believed when they name the address of the client',
    read: list(address, 'addresses or networks'),
  },
  trustedProxyHops: {
    name: 'ROSTER_TRUSTED_PROXY_HOPS',
    fallback: 'none',
    about:
      'number of proxies in front, where their addresses are not known; instead of `ROSTER_TRUSTED_PROXIES`. Nothing but the last proxy may be able to reach Roster',
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
      'addresses or networks (CIDR) of application servers that name their client in the header `Roster-Client-Address`, so that limits count the client and not the server',
    read: list(address, 'addresses or networks'),
  },
  outgoingNetworks: {
    name: 'ROSTER_OUTGOING_NETWORKS',
    fallback: 'this machine, if `ROSTER_PUBLIC_URL` is on it; else none',
    about:
      'addresses or networks (CIDR) that are not public and that Roster may still send requests to, also by plain http: applications that are told of sign-outs, and other services that administrators name',
    read: optionalList(network, 'addresses or networks'),
  },
  shutdownDelaySeconds: {
    name: 'ROSTER_SHUTDOWN_DELAY_SECONDS',
    fallback: '5 with trusted proxies, else 0',
    about: 'seconds to keep serving, marked not ready, after a SIGTERM, so that a balancer notices',
    read: integer(0, 60, null),
  },
} as const
