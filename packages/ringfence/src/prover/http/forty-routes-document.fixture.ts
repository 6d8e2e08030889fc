import type { OpenApiDocument } from './openapi-routes.js';

type Json = Record<string, unknown>;

const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };
const ok = { responses: { 200: { description: 'As asked.' } } };
const query = (name: string, schema: Json, rest: Json = {}): Json => ({
  name,
  in: 'query',
  schema,
  ...rest,
});
const parameters = (...all: Json[]): Json => ({ ...ok, parameters: all });
const place = (name: string, schema: Json = uuid): Json => ({
  name,
  in: 'path',
  required: true,
  schema,
});

/** A document in the ways in which people write them: shared parameters, references, bare operations. */
export function shopDocument(version: '3.0.3' | '3.1.0'): OpenApiDocument {
  const optional = (type: string): Json =>
    version === '3.1.0' ? { type: [type, 'null'] } : { type, nullable: true };
  const body = (schema: Json): Json => ({
    ...ok,
    requestBody: { required: true, content: { 'application/json': { schema } } },
  });
  const object = (properties: Json, ...required: string[]): Json => ({
    type: 'object',
    properties,
    required,
  });
  const named = { $ref: '#/components/schemas/Named' };
  const item = { get: ok, delete: ok };
  return {
    openapi: version,
    info: { title: 'Shop', version: '1' },
    security: [{ bearer: [] }],
    paths: {
      '/projects': {
        get: parameters(query('status', { type: 'string', enum: ['open', 'archived'] })),
        post: body(object({ text, templateId: { ...uuid, ...optional('string') } }, 'text')),
      },
      '/projects/{projectId}': {
        parameters: [{ $ref: '#/components/parameters/Project' }],
        get: ok,
        put: body(named),
        patch: body(object({ text })),
      },
      '/projects/{projectId}/tasks': {
        parameters: [{ $ref: '#/components/parameters/Project' }],
        get: ok,
        post: { ...ok, requestBody: { $ref: '#/components/requestBodies/Named' } },
      },
      '/projects/{projectId}/tasks/{taskId}': {
        parameters: [{ $ref: '#/components/parameters/Project' }, place('taskId')],
        get: ok,
        patch: body(object({ text })),
        delete: ok,
      },
      '/tasks/{id}/comments': { get: ok, post: body(named) },
      '/comments/{id}': item,
      '/invoices': {
        get: parameters(query('customerSlug', text)),
        post: body(
          object(
            { customerId: text, amount: { type: 'integer', minimum: 1 } },
            'customerId',
            'amount',
          ),
        ),
      },
      '/invoices/{number}': { parameters: [place('number', { type: 'integer' })], get: ok },
      '/invoices/{number}/print': { parameters: [place('number', { type: 'integer' })], get: ok },
      '/invoices/{number}/pay': { parameters: [place('number', { type: 'integer' })], post: ok },
      '/customers': { get: parameters(query('all', { type: 'boolean' })) },
      '/customers/{slug}': {
        parameters: [place('slug', text)],
        get: ok,
        put: body(named),
        delete: ok,
      },
      '/search': { get: parameters(query('q', text, { required: true })) },
      '/files': { get: parameters(query('after', text)) },
      '/files/{fileId}': { get: ok, head: ok },
      '/files/{fileId}/content': { get: ok },
      '/files/copy': { post: body(object({ sourceFileId: text }, 'sourceFileId')) },
      '/tasks/move': {
        post: body(
          object(
            { taskIds: { type: 'array', items: uuid }, projectId: uuid },
            'taskIds',
            'projectId',
          ),
        ),
      },
      '/batch': {
        post: body({
          allOf: [
            object(
              { query: object({ ids: { type: 'array', items: uuid, minItems: 1 } }, 'ids') },
              'query',
            ),
          ],
        }),
      },
      '/reports': { post: body(named) },
      '/reports/{reportId}': { get: ok },
      '/members': {
        get: parameters(
          query('ids', { type: 'array', items: uuid }, { style: 'form', explode: false }),
        ),
      },
      '/members/{memberId}': item,
      '/documents': {
        get: parameters(
          query('filter', object({ projectId: uuid, state: text }), {
            style: 'deepObject',
            explode: true,
          }),
        ),
      },
      '/current-document': {
        get: parameters({ name: 'X-Document-Id', in: 'header', required: true, schema: uuid }),
      },
      '/webhooks': {
        get: {
          ...parameters(query('sort', { type: 'string', enum: ['name', 'created'] })),
          security: [{ key: [] }],
        },
      },
      '/webhooks/{id}': { $ref: '#/components/pathItems/Webhook' },
      '/webhooks/{id}/test': { post: { ...ok, security: [{ key: [] }] } },
      '/me': { get: ok },
    },
    components: {
      parameters: { Project: place('projectId') },
      pathItems: { Webhook: item },
      requestBodies: { Named: { content: { 'application/json': { schema: named } } } },
      schemas: { Named: object({ text }, 'text') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        key: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  } as OpenApiDocument;
}
