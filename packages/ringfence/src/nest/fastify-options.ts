interface RoutedRequest {
  readonly server: {
    errorHandler(error: unknown, request: unknown, reply: unknown): unknown;
  };
}

/**
 * Options for `new FastifyAdapter()` that belong to the request path. An address that the router cannot
 * read (malformed percent-encoding, an overlong parameter) is answered before any hook, so that the
 * module alone cannot reach it: this hands it to the problem filter.
 *
 * @example
 * new FastifyAdapter({ ...FASTIFY_OPTIONS, bodyLimit: 1_048_576 });
 */
export const FASTIFY_OPTIONS = {
  frameworkErrors: (error: Error, request: unknown, reply: unknown): void => {
    (request as RoutedRequest).server.errorHandler(error, request, reply);
  },
};
