import type { OpenAPIObject } from '@nestjs/swagger';
import { type Html, html, htmlPage } from '../http/html.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Documented = { method: string; path: string; operation: Operation };
type Schema = { $ref?: string; [keyword: string]: unknown };

const METHODS = ['get', 'post', 'patch', 'put', 'delete'] as const;

/** The OpenAPI document as a page for people: no script, nothing loaded from anywhere. */
export function docsPage(document: OpenAPIObject): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): Documented[] => {
      const operation = item[method];
      return operation ? [{ method: method.toUpperCase(), path, operation }] : [];
    }),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'other'))];
  const schemas = Object.entries(document.components?.schemas ?? {});
  return htmlPage(
    `${document.info.title} API`,
    html`<h1>${document.info.title} API</h1>
<p>${document.info.description} Version ${document.info.version}; the same
<a href="/openapi.json">as OpenAPI ${document.openapi}</a>.</p>
${tags.map(
  (tag) =>
    html`<h2>${tag}</h2>${operations
      .filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag)
      .map(operationPart)}`,
)}
<h2>Schemas</h2>
${schemas.map(
  ([name, schema]) =>
    html`<details id="${name}"><summary><code>${name}</code></summary>${schemaPart(schema as Schema)}</details>`,
)}`,
  );
}

function operationPart({ method, path, operation }: Documented): Html {
  const body = operation.requestBody && 'content' in operation.requestBody && operation.requestBody;
  const parameters = (operation.parameters ?? []).filter((each) => 'name' in each);
  return html`<details><summary><code>${method}</code> <code>${path}</code> ${operation.summary}</summary>
<p>${operation.description}</p>
${
  parameters.length > 0
    ? html`<h4>Parameters</h4><table>${parameters.map(
        (each) =>
          html`<tr><td><code>${each.name}</code></td><td>${each.in}${each.required ? ', required' : ''}</td><td>${each.description}</td></tr>`,
      )}</table>`
    : undefined
}
${body ? html`<h4>Body</h4>${Object.values(body.content).map(({ schema }) => schemaPart(schema as Schema))}` : undefined}
<h4>Answers</h4><table>${Object.entries(operation.responses).map(
    ([status, response]) =>
      html`<tr><td><code>${status}</code></td><td>${response && 'description' in response ? response.description : ''}
${response && 'content' in response ? Object.values(response.content ?? {}).map(({ schema }) => reference(schema as Schema)) : ''}</td></tr>`,
  )}</table></details>`;
}

function schemaPart(schema: Schema): Html {
  return schema.$ref ? reference(schema) : html`<pre>${JSON.stringify(schema, null, 2)}</pre>`;
}

function reference({ $ref }: Schema): Html {
  const name = $ref?.split('/').at(-1);
  return name ? html`<a href="#${name}"><code>${name}</code></a>` : html``;
}
