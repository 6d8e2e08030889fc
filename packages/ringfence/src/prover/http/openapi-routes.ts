import { readFileSync } from 'node:fs';
import { RingfenceError } from '../../errors/index.js';

/** As much of a JSON Schema as a body is made from. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

interface Parameter {
  readonly $ref?: string;
  readonly name: string;
  readonly in: string;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { schema?: Schema }>> };
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
  readonly queries: readonly string[];
  readonly body: Schema | undefined;
}

const METHODS: readonly string[] = ['get', 'head', 'post', 'put', 'patch', 'delete'];

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
    .flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method] as Operation | undefined;
        if (!operation) return [];
        const shared = (item.parameters ?? []) as readonly Parameter[];
        const parameters = [...shared, ...(operation.parameters ?? [])].map(
          (one) => resolved(document, one) as Parameter,
        );
        const media = operation.requestBody?.content ?? {};
        const body = media['application/json']?.schema;
        return [
          {
            method: method.toUpperCase(),
            path,
            places: [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? ''),
            queries: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
            body: body && flattened(document, body),
          },
        ];
      }),
    )
    .sort((one, other) => rank(one) - rank(other));
}

/** References replaced and `allOf` joined, to a depth that no body needs more than. */
function flattened(document: OpenApiDocument, schema: Schema, depth = 0): Schema {
  if (depth > 8) return {};
  const own = resolved(document, schema) as Schema;
  const first = own.anyOf?.[0] ?? own.oneOf?.[0];
  const parts = [own, ...(own.allOf ?? []), ...(first ? [first] : [])].map((part) =>
    part === own ? own : flattened(document, part, depth + 1),
  );
  const properties = Object.fromEntries(
    parts
      .flatMap((part) => Object.entries(part.properties ?? {}))
      .map(([name, part]) => [name, flattened(document, part, depth + 1)]),
  );
  const merged = Object.assign({}, ...parts) as Schema;
  return { ...merged, properties, required: parts.flatMap((part) => part.required ?? []) };
}

function resolved(document: OpenApiDocument, value: { readonly $ref?: string }): unknown {
  if (!value.$ref?.startsWith('#/')) return value;
  let found: unknown = document;
  for (const part of value.$ref.slice(2).split('/')) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    found = (found as Record<string, unknown> | undefined)?.[name];
  }
  return found ?? {};
}

function invalid(source: string, cause?: unknown): RingfenceError {
  return new RingfenceError('CONFIGURATION_INVALID', {
    detail: `${source} is no OpenAPI 3 document in JSON.`,
    cause,
  });
}
