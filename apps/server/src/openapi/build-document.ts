import type { INestApplication } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { ErrorCode } from 'ringfence/errors';
import { z } from 'zod';
import { type DeclaredRoute, listRoutes } from './list-routes.js';
import { problemResponse, problemResponses, problemSchema } from './problem-responses.js';

/** What every route with a token may answer besides its own. */
const WITH_TOKEN: readonly ErrorCode[] = [
  'AUTHENTICATION_REQUIRED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'ACCESS_WITHDRAWN',
  'TENANT_SOURCES_DISAGREE',
  'TENANT_SUSPENDED',
  'TENANT_DELETING',
  'RATE_LIMITED',
  'RATE_LIMITER_UNAVAILABLE',
];

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/**
 * Writes the OpenAPI 3.1 document of an application: the zod schemas of its routes, and what their
 * decorators say about permissions and refusals.
 */
export function buildDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle('Ringfence')
      .setDescription('The reference server: a multi-tenant SaaS. The token names the tenant.')
      .setVersion('0.1.0')
      .addServer('/', 'The token names the tenant, or the host does.')
      .addServer(
        '/t/{tenant}',
        'The same with the tenant in the path, which must be the one of the token.',
        {
          tenant: { default: 'acme', description: 'The name (slug) or id of the tenant.' },
        },
      )
      .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
      .build(),
    {
      operationIdFactory: (controller, handler) =>
        `${controller.replace(/Controller$/, '').toLowerCase()}.${handler}`,
      standardSchemaConverter: toJsonSchema,
    },
  );
  for (const route of listRoutes(app.get(DiscoveryService, { strict: false }))) {
    const item = document.paths[route.path] as Record<string, Operation> | undefined;
    const operation = item?.[route.method.toLowerCase()];
    if (operation) complete(operation, route);
  }
  const { schema } = toJsonSchema(problemSchema, { schemaType: 'output' });
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: schema as object },
  };
  return document;
}

function complete(operation: Operation, route: DeclaredRoute): void {
  const { access, refusals, method, path, bodyOptional } = route;
  const { requestBody } = operation;
  if (bodyOptional && requestBody && 'content' in requestBody) requestBody.required = false;
  const takesInput =
    operation.requestBody ||
    operation.parameters?.some((each) => 'in' in each && each.in !== 'header');
  const codes: ErrorCode[] = takesInput ? ['VALIDATION_FAILED'] : [];
  if (operation.requestBody) {
    codes.push('BODY_MALFORMED', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  }
  if (access.kind === 'public') delete operation.security;
  else codes.push(...WITH_TOKEN);
  if (access.kind === 'permission') {
    codes.push('PERMISSION_DENIED');
    Object.assign(operation, { 'x-required-permissions': access.permissions });
    const needed = access.permissions.map((permission) => `\`${permission}\``).join(', ');
    operation.description = [operation.description, `Needs the permission ${needed}.`]
      .filter(Boolean)
      .join(' ');
  }
  if (path.includes('{id}')) {
    codes.push('NOT_FOUND');
    if (method !== 'GET') codes.push('PRECONDITION_FAILED');
  }
  operation.responses = {
    ...operation.responses,
    ...problemResponses([...codes, ...refusals]),
    default: problemResponse('Anything else that goes wrong.'),
  };
}

/** OpenAPI 3.1 speaks JSON Schema 2020-12; schemas with an id become components. */
function toJsonSchema(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) {
  const {
    $schema: _,
    $defs,
    ...whole
  } = z.toJSONSchema(schema as z.ZodType, {
    io: schemaType,
    target: 'draft-2020-12',
    override: ({ jsonSchema }) => {
      // A format says it shorter than zod's pattern for it.
      if (jsonSchema.format) delete jsonSchema.pattern;
      // A client must live with fields that a later version adds to an answer.
      if (schemaType === 'output') delete jsonSchema.additionalProperties;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { schema: whole, ...($defs ? { components: $defs } : {}) };
}
