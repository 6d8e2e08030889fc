import { readFileSync } from 'node:fs';
import { RingfenceError } from '../../errors/index.js';

/** As much of a JSON Schema as a body is made from. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly example?: unknown;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** A parameter of a route, wherever it goes. */
export interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
  readonly style?: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly $ref?: string;
    readonly content?: Readonly<Record<string, { schema?: Schema }>>;
  };
}

/** An OpenAPI 3 document, as far as it is read. */
export interface OpenApiDocument {
  readonly servers?: readonly { url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One method of one path. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** Names of the path parameters, in their order. */
  readonly places: readonly string[];
  /** Path parameters that the document describes. */
  readonly placeSchemas: Readonly<Record<string, Schema>>;
  readonly queries: readonly Parameter[];
  readonly headers: readonly Parameter[];
  readonly body: Schema | undefined;
}

const METHODS: readonly string[] = ['get', 'head', 'post', 'put', 'patch', 'delete'];

/** Set by the client and the tenant, never by a parameter. */
const RESERVED = /^(authorization|accept|content-type|cookie|host|if-.*)$/i;

/** Reads a document from a URL or a file. */
export async function readDocument(source: string): Promise<OpenApiDocument> {
  try {
    const text = /^https?:/.test(source)
      ? await (await fetch(source)).text()
      : readFileSync(source, 'utf8');
    const document = JSON.parse(text) as Partial<OpenApiDocument>;
    if (document.paths) return document as OpenApiDocument;
  } catch (cause) {
    throw invalid(source, cause);
  }
  throw invalid(source);
}

/** Every route, reads first and deletions last: what is deleted cannot be attacked any more. */
export function routesOf(document: OpenApiDocument): Route[] {
  const rank = ({ method }: Route): number => METHODS.indexOf(method.toLowerCase());
  return Object.entries(document.paths)
    .flatMap(([path, given]) => {
      const item = resolved(document, given) as Readonly<Record<string, unknown>>;
      return METHODS.flatMap((method) => {
        const operation = item[method] as Operation | undefined;
        if (!operation) return [];
        const shared = (item.parameters ?? []) as readonly Parameter[];
        return [routeOf(document, method, path, operation, shared)];
      });
    })
    .sort((one, other) => rank(one) - rank(other));
}

function routeOf(
  document: OpenApiDocument,
  method: string,
  path: string,
  operation: Operation,
  shared: readonly Parameter[],
): Route {
  const parameters = [...shared, ...(operation.parameters ?? [])].map((one) => {
    const parameter = resolved(document, one) as Parameter & { content?: Operation['requestBody'] };
    return { ...parameter, schema: flattened(document, parameter.schema ?? {}) };
  });
  // One of the operation's own takes the place of a shared one.
  const known = [...new Map(parameters.map((one) => [`${one.in} ${one.name}`, one])).values()];
  const request = operation.requestBody && resolved(document, operation.requestBody);
  const media = (request as Operation['requestBody'])?.content ?? {};
  const type = Object.keys(media).find((name) => /[/+]json\b/.test(name)) ?? '*/*';
  const body = media[type]?.schema;
  const of = (place: string): Parameter[] => known.filter((one) => one.in === place);
  return {
    method: method.toUpperCase(),
    path,
    places: [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? ''),
    placeSchemas: Object.fromEntries(of('path').map(({ name, schema }) => [name, schema])),
    queries: of('query'),
    headers: of('header').filter(({ name }) => !RESERVED.test(name)),
    body: body && flattened(document, body),
  };
}

/** References replaced and `allOf` joined, to a depth that no body needs more than. */
function flattened(document: OpenApiDocument, schema: Schema, depth = 0): Schema {
  if (depth > 8) return {};
  const own = resolved(document, schema) as Schema;
  const first = [...(own.anyOf ?? []), ...(own.oneOf ?? [])].find(({ type }) => type !== 'null');
  const parts = [own, ...(own.allOf ?? []), ...(first ? [first] : [])].map((part) =>
    part === own ? own : flattened(document, part, depth + 1),
  );
  const properties = Object.fromEntries(
    parts
      .flatMap((part) => Object.entries(part.properties ?? {}))
      .map(([name, part]) => [name, flattened(document, part, depth + 1)]),
  );
  const merged = Object.assign({}, ...parts) as Schema;
  return {
    ...merged,
    properties,
    required: parts.flatMap((part) => part.required ?? []),
    ...(merged.items ? { items: flattened(document, merged.items, depth + 1) } : {}),
  };
}

function resolved(document: OpenApiDocument, value: { readonly $ref?: string }): unknown {
  let found: unknown = value;
  for (let hops = 0; hops < 8; hops += 1) {
    const reference = (found as { $ref?: string } | undefined)?.$ref;
    if (!reference?.startsWith('#/')) return found ?? {};
    found = document;
    for (const part of reference.slice(2).split('/')) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      found = (found as Record<string, unknown> | undefined)?.[name];
    }
  }
  return {};
}

function invalid(source: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', {
    detail: `${source} is no OpenAPI 3 document in JSON.`,
    cause,
  });
}
