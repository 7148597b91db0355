import type { FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify'

/** A request and reply of any route, for functions that serve all of them. */
export type AnyRequest = Pick<
  FastifyRequest<RouteGenericInterface>,
  'id' | 'raw' | 'headers' | 'url' | 'method' | 'caller' | 'visit'
> & { params: unknown; query: unknown; body: unknown }

export type AnyReply = Pick<FastifyReply, 'raw' | 'sent' | 'header' | 'getHeader' | 'removeHeader'> & {
  code(status: number): unknown
  send(payload?: unknown): unknown
}
