/** Routes outside any contract, with and without a trailing slash like all others. */
import type { FastifyInstance, RouteHandlerMethod } from 'fastify'

/** Serves GET at the path, with and without a trailing slash. */
export function getEitherWay(app: FastifyInstance, path: string, handler: RouteHandlerMethod): void {
  app.get(path, handler)
  app.get(`${path}/`, handler)
}

/** Serves POST at the path, with and without a trailing slash. */
export function postEitherWay(app: FastifyInstance, path: string, handler: RouteHandlerMethod): void {
  app.post(path, handler)
  app.post(`${path}/`, handler)
}
