import type { FastifyReply } from 'fastify';
import { etagOf, isFresh, type Versioned } from './etag.js';

type View<Row, Shown> = (row: Row) => Shown;

/** Answers one resource with its ETag; with 304 and no body when the client holds this version. */
export function answerRead<Row extends Versioned, Shown>(
  reply: FastifyReply,
  row: Row,
  view: View<Row, Shown>,
): Shown | undefined {
  reply.header('etag', etagOf(row));
  if (!isFresh(reply.request.headers['if-none-match'], row)) return view(row);
  reply.status(304);
  return undefined;
}

/** Answers what a PATCH made of a resource, with its new ETag. */
export function answerChanged<Row extends Versioned, Shown>(
  reply: FastifyReply,
  row: Row,
  view: View<Row, Shown>,
): Shown {
  reply.header('etag', etagOf(row));
  return view(row);
}

/** Answers a new resource with its ETag and its address. Nest adds the 201. */
export function answerCreated<Row extends Versioned & { id: string }, Shown>(
  reply: FastifyReply,
  collection: string,
  row: Row,
  view: View<Row, Shown>,
): Shown {
  reply.header('etag', etagOf(row)).header('location', `${collection}/${row.id}`);
  return view(row);
}
