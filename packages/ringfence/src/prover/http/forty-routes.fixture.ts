import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { shopDocument } from './forty-routes-document.fixture.js';
import type { OpenApiDocument } from './openapi-routes.js';

/** One thing of one tenant; what hangs on another thing names it. */
interface Thing {
  readonly tenant: string;
  readonly kind: string;
  readonly key: string;
  readonly parent?: string;
  text: string;
  state: string;
}

interface Call {
  readonly tenant: string;
  readonly at: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
  /** Is the check that a thing is the caller's left out on this route? */
  readonly broken: boolean;
}

interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly etag?: string;
}

type Handle = (shop: Shop, call: Call) => Reply;

const GONE: Reply = { status: 404, json: { error: 'not found' } };

/** The data of all tenants, and the one check that every route has to make. */
class Shop {
  things: Thing[] = [];
  #invoices = 700;

  add(tenant: string, kind: string, text: string, parent?: string): Thing {
    const key = this.#keyOf(kind, text);
    const thing: Thing = {
      ...{ tenant, kind, key, text: `${text} ${randomUUID()}`, state: 'open' },
      ...(parent === undefined ? {} : { parent }),
    };
    this.things.push(thing);
    return thing;
  }

  #keyOf(kind: string, text: string): string {
    if (kind === 'customer') {
      return `${text.split(' ')[0]?.toLowerCase()}-${randomBytes(3).toString('hex')}`;
    }
    if (kind === 'file') return randomBytes(9).toString('base64url');
    if (kind !== 'invoice') return randomUUID();
    this.#invoices += 1;
    return String(this.#invoices);
  }

  /** The caller's thing; anybody's where the check is left out. */
  find(call: Call, kind: string, key: unknown): Thing | undefined {
    return this.things.find(
      (one) =>
        one.kind === kind && one.key === String(key) && (call.broken || one.tenant === call.tenant),
    );
  }

  list(call: Call, kind: string, parent?: string): Thing[] {
    return this.things.filter(
      (one) =>
        one.kind === kind &&
        (parent === undefined || one.parent === parent) &&
        (call.broken || one.tenant === call.tenant),
    );
  }

  remove(thing: Thing): Reply {
    this.things = this.things.filter((one) => one !== thing);
    return { status: 204 };
  }
}

const KEYS: Readonly<Record<string, string>> = {
  invoice: 'number',
  customer: 'slug',
  file: 'fileId',
};

function view({ kind, key, text, state }: Thing): Record<string, unknown> {
  const id = kind === 'invoice' ? Number(key) : key;
  return { [KEYS[kind] ?? 'id']: id, text, state };
}

const one = (thing: Thing | undefined): Reply =>
  thing ? { status: 200, json: view(thing) } : GONE;
const many = (things: readonly Thing[]): Reply => ({
  status: 200,
  json: { items: things.map(view) },
});
const get =
  (kind: string, at: number): Handle =>
  (shop, call) =>
    one(shop.find(call, kind, call.at[at]));
const change =
  (kind: string, at: number): Handle =>
  (shop, call) => {
    const thing = shop.find(call, kind, call.at[at]);
    if (thing) thing.text = `${call.body.text ?? 'changed'} ${randomUUID()}`;
    return one(thing);
  };
const remove =
  (kind: string, at: number): Handle =>
  (shop, call) => {
    const thing = shop.find(call, kind, call.at[at]);
    return thing ? shop.remove(thing) : GONE;
  };
/** The parent is always checked; the fault is that the child is not. */
const nested =
  (handle: Handle): Handle =>
  (shop, call) =>
    shop.find({ ...call, broken: false }, 'project', call.at[1]) ? handle(shop, call) : GONE;

/** Every route with what it does, and where it would be wrong. */
export const ROUTES: Readonly<Record<string, Handle>> = {
  'GET /projects': (shop, call) => {
    const wanted = call.query.get('status');
    const open = call.broken && wanted === 'archived';
    return many(shop.list({ ...call, broken: open }, 'project'));
  },
  'POST /projects': (shop, call) => {
    const from = call.body.templateId;
    const template = from === undefined ? undefined : shop.find(call, 'project', from);
    if (from !== undefined && !template) return { status: 422, json: {} };
    const made = shop.add(call.tenant, 'project', `project ${template?.text ?? ''}`);
    return { status: 201, json: view(made) };
  },
  'GET /projects/{projectId}': get('project', 1),
  'PUT /projects/{projectId}': change('project', 1),
  'PATCH /projects/{projectId}': change('project', 1),
  'GET /projects/{projectId}/tasks': (shop, call) => {
    const project = shop.find(call, 'project', call.at[1]);
    return project ? many(shop.list(call, 'task', project.key)) : GONE;
  },
  'POST /projects/{projectId}/tasks': (shop, call) => {
    const project = shop.find(call, 'project', call.at[1]);
    if (!project) return GONE;
    return { status: 201, json: view(shop.add(project.tenant, 'task', 'task', project.key)) };
  },
  'GET /projects/{projectId}/tasks/{taskId}': nested(get('task', 3)),
  'PATCH /projects/{projectId}/tasks/{taskId}': nested(change('task', 3)),
  'DELETE /projects/{projectId}/tasks/{taskId}': nested(remove('task', 3)),
  'GET /tasks/{id}/comments': (shop, call) => {
    const task = shop.find(call, 'task', call.at[1]);
    return task ? many(shop.list(call, 'comment', task.key)) : GONE;
  },
  'POST /tasks/{id}/comments': (shop, call) => {
    const task = shop.find(call, 'task', call.at[1]);
    if (!task) return GONE;
    return { status: 201, json: view(shop.add(task.tenant, 'comment', 'comment', task.key)) };
  },
  'GET /comments/{id}': get('comment', 1),
  'DELETE /comments/{id}': remove('comment', 1),
  'GET /invoices': (shop, call) => {
    const customer = call.query.get('customerSlug');
    const all = shop.list({ ...call, broken: call.broken && customer !== null }, 'invoice');
    return many(customer === null ? all : all.filter(({ parent }) => parent === customer));
  },
  'POST /invoices': (shop, call) => {
    const customer = shop.find(call, 'customer', call.body.customerId);
    if (!customer) return { status: 422, json: { error: 'no such customer' } };
    return { status: 201, json: view(shop.add(call.tenant, 'invoice', 'invoice', customer.key)) };
  },
  'GET /invoices/{number}': get('invoice', 1),
  'GET /invoices/{number}/print': (shop, call) => {
    const invoice = shop.find(call, 'invoice', call.at[1]);
    return invoice ? { status: 200, text: `INVOICE\n${invoice.text}\n` } : GONE;
  },
  // Answers the same to everybody: only its owner sees what it did.
  'POST /invoices/{number}/pay': (shop, call) => {
    const invoice = shop.find(call, 'invoice', call.at[1]);
    if (invoice) invoice.state = `paid ${randomUUID()}`;
    return { status: 202, json: {} };
  },
  'GET /customers': (shop, call) => {
    const open = call.broken && call.query.get('all') === 'true';
    return many(shop.list({ ...call, broken: open }, 'customer'));
  },
  'GET /customers/{slug}': get('customer', 1),
  // Makes what is not there: 200 for every slug.
  'PUT /customers/{slug}': (shop, call) => {
    const found = shop.find(call, 'customer', call.at[1]);
    if (found) found.text = `${call.body.text} ${randomUUID()}`;
    return { status: 200, json: { slug: call.at[1] } };
  },
  'DELETE /customers/{slug}': (shop, call) => {
    const found = shop.find(call, 'customer', call.at[1]);
    if (found) shop.remove(found);
    return { status: 204 };
  },
  'GET /search': (shop, call) => {
    const words = call.query.get('q') ?? '';
    const found = ['project', 'task', 'invoice'].flatMap((kind) => shop.list(call, kind));
    return many(words.length < 6 ? [] : found.filter(({ text }) => text.includes(words)));
  },
  'GET /files': (shop, call) => {
    const { key = '' } = shop.list({ ...call, broken: false }, 'file').at(-1) ?? {};
    const next = Buffer.from(`${call.tenant}:${key}`).toString('base64url');
    const [of = call.tenant] = Buffer.from(call.query.get('after') ?? '', 'base64url')
      .toString()
      .split(':');
    const tenant = call.broken && of !== '' ? of : call.tenant;
    const items = shop.list({ ...call, tenant, broken: false }, 'file').map(view);
    return { status: 200, json: { items, nextCursor: next } };
  },
  'GET /files/{fileId}': (shop, call) => {
    const etag = (file: Thing): string =>
      `"${createHash('sha256').update(file.text).digest('hex').slice(0, 20)}"`;
    const seen = shop.find(call, 'file', call.at[1]);
    // The validator is compared before the check; that is the fault.
    if (seen && call.headers['if-none-match'] === etag(seen)) return { status: 304 };
    const file = shop.find({ ...call, broken: false }, 'file', call.at[1]);
    return file ? { ...one(file), etag: etag(file) } : GONE;
  },
  'HEAD /files/{fileId}': get('file', 1),
  'GET /files/{fileId}/content': (shop, call) => {
    const file = shop.find(call, 'file', call.at[1]);
    return file ? { status: 200, text: file.text } : GONE;
  },
  'POST /files/copy': (shop, call) => {
    const file = shop.find(call, 'file', call.body.sourceFileId);
    if (!file) return GONE;
    return { status: 201, json: view(shop.add(call.tenant, 'file', file.text)) };
  },
  // The project is checked; of the tasks, one by one, only when the route is whole.
  'POST /tasks/move': (shop, call) => {
    const project = shop.find({ ...call, broken: false }, 'project', call.body.projectId);
    const ids = Array.isArray(call.body.taskIds) ? call.body.taskIds : [];
    const tasks = ids.map((id) => shop.find(call, 'task', id));
    return project && tasks.every(Boolean) ? { status: 200, json: { moved: ids.length } } : GONE;
  },
  'POST /batch': (shop, call) => {
    const wanted = (call.body.query ?? {}) as { ids?: unknown[] };
    const ids = wanted.ids ?? [];
    return many(ids.flatMap((id) => shop.find(call, 'task', id) ?? []));
  },
  // Its id is told to nobody but who asked for the report.
  'POST /reports': (shop, call) => {
    const report = shop.add(call.tenant, 'report', 'report');
    return { status: 202, json: { reportId: report.key } };
  },
  'GET /reports/{reportId}': get('report', 1),
  'GET /members': (shop, call) => {
    const ids = (call.query.get('ids') ?? '').split(',').filter((id) => id !== '');
    const own = shop.list({ ...call, broken: false }, 'member');
    if (ids.length === 0) return many(own);
    return many(ids.flatMap((id) => shop.find(call, 'member', id) ?? []));
  },
  'GET /members/{memberId}': get('member', 1),
  'DELETE /members/{memberId}': remove('member', 1),
  'GET /documents': (shop, call) => {
    const project = call.query.get('filter[projectId]');
    const open = { ...call, broken: call.broken && project !== null };
    const all = shop.list(open, 'document');
    return many(project === null ? all : all.filter(({ parent }) => parent === project));
  },
  'GET /current-document': (shop, call) => {
    const wanted = call.headers['x-document-id'];
    return wanted === undefined
      ? { status: 400, json: {} }
      : one(shop.find(call, 'document', wanted));
  },
  'GET /webhooks': (shop, call) => {
    const order = call.query.get('sort') ?? 'name';
    const open = call.broken && order === 'created';
    return many(shop.list({ ...call, broken: open }, 'webhook'));
  },
  'GET /webhooks/{id}': get('webhook', 1),
  'POST /webhooks/{id}/test': (shop, call) => {
    const hook = shop.find(call, 'webhook', call.at[1]);
    return hook ? { status: 200, json: { sent: true } } : GONE;
  },
  'DELETE /webhooks/{id}': remove('webhook', 1),
  'GET /me': (_, call) => ({ status: 200, json: { tenant: call.tenant, plan: 'basic' } }),
};

/** Half of the routes take a bearer token, those of webhooks an API key. */
function whoAsks(path: string, headers: IncomingMessage['headers']): string | undefined {
  const given = path.startsWith('/webhooks')
    ? String(headers['x-api-key'] ?? '').replace(/^key-/, '')
    : (headers.authorization ?? '').replace(/^Bearer token-/, '');
  return ['acme', 'globex'].includes(given) ? given : undefined;
}

function seed(): Shop {
  const shop = new Shop();
  for (const tenant of ['acme', 'globex']) {
    for (const mark of ['first', 'second']) {
      const project = shop.add(tenant, 'project', `Project ${mark} of ${tenant}`);
      const task = shop.add(tenant, 'task', `Task ${mark} of ${tenant}`, project.key);
      shop.add(tenant, 'comment', `Comment ${mark} of ${tenant}`, task.key);
      const customer = shop.add(tenant, 'customer', `Customer ${mark} of ${tenant}`);
      shop.add(tenant, 'invoice', `Invoice ${mark} of ${tenant}`, customer.key);
      shop.add(tenant, 'file', `File ${mark} of ${tenant}`);
      shop.add(tenant, 'member', `Member ${mark} of ${tenant}`);
      shop.add(tenant, 'document', `Document ${mark} of ${tenant}`, project.key);
      shop.add(tenant, 'webhook', `Webhook ${mark} of ${tenant}`);
    }
  }
  return shop;
}

/** A server whose data is made anew; `fault` is the one route that does not check whose a thing is. */
export async function startShop(
  fault: string | undefined,
  version: '3.0.3' | '3.1.0',
): Promise<{ server: Server; openapi: OpenApiDocument; baseUrl: string }> {
  const shop = seed();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://localhost');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const tenant = whoAsks(pathname, request.headers);
    const name = routeOf(request.method ?? '', pathname);
    const handle = name === undefined ? undefined : ROUTES[name];
    const text = Buffer.concat(chunks).toString();
    const call = {
      ...{ tenant: tenant ?? '', query, headers: request.headers, broken: fault === name },
      at: pathname.slice(1).split('/').map(decodeURIComponent),
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    const reply: Reply =
      tenant === undefined ? { status: 401 } : handle ? handle(shop, call) : GONE;
    response.writeHead(reply.status, {
      'content-type': reply.text === undefined ? 'application/json' : 'text/plain',
      ...(reply.etag === undefined ? {} : { etag: reply.etag }),
    });
    response.end(reply.text ?? (reply.json === undefined ? undefined : JSON.stringify(reply.json)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { server, openapi: shopDocument(version), baseUrl: `http://127.0.0.1:${port}` };
}

/** What is written out goes before what is filled in. */
function routeOf(method: string, path: string): string | undefined {
  const fits = (name: string): boolean => {
    const [verb = '', template = ''] = name.split(' ');
    const pattern = template.replace(/\{[^}]+\}/g, '[^/]+');
    return verb === method && new RegExp(`^${pattern}$`).test(path);
  };
  return Object.keys(ROUTES)
    .filter(fits)
    .sort((one, other) => one.split('{').length - other.split('{').length)[0];
}
