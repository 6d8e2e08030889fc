import { RingfenceError } from '../errors/index.js';

/**
 * Everything of Prisma's inside that this room touches, and nothing else. None of it is promised by
 * Prisma, so the version is pinned and anything unexpected is refused: see
 * docs/decisions/0003-prisma-dispatch.md.
 */
export interface PrismaInternals {
  readonly _clientVersion: string;
  readonly _engineConfig: { readonly adapter?: unknown };
  readonly _runtimeDataModel: { readonly models: Readonly<Record<string, RuntimeModel>> };
  readonly _requestHandler: RequestHandler;
  /** Makes the lazy promise that every model method and raw query returns. */
  _createPrismaPromise: CreatePrismaPromise;
  /** Public: an array of promises, or a callback. */
  $transaction(input: unknown, options?: unknown): Promise<unknown>;
}

export interface RuntimeModel {
  readonly fields: readonly RuntimeField[];
}

export interface RuntimeField {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly dbName?: string | null;
}

/** Sends requests. Each one has a data loader of its own, which batches what is sent in one tick. */
export interface RequestHandler {
  readonly client: object;
  readonly logEmitter?: unknown;
  readonly dataloader: DataLoader;
  request(request: PrismaRequest): Promise<unknown>;
}

/** Collects requests with the same key until the next tick; one without a key is sent at once. */
export interface DataLoader {
  readonly options: { batchBy(request: PrismaRequest): string | undefined };
}

/** One operation on its way to the engine, after extensions and before batching. */
export interface PrismaRequest {
  readonly modelName?: string;
  /** The transaction that it belongs to: interactive, or an array's. */
  readonly transaction?: PromiseTransaction | undefined;
  readonly dataPath: readonly string[];
  readonly protocolQuery: ProtocolQuery;
}

/** The operation as Prisma's engine reads it: plain JSON, made anew for every request. */
export interface ProtocolQuery {
  readonly modelName?: string;
  readonly action: string;
  readonly query: ProtocolSelection;
}

export interface ProtocolSelection {
  arguments?: Record<string, unknown>;
  readonly selection: Record<string, unknown>;
}

/** Where a lazy promise runs: nowhere special, in an array transaction, or in an interactive one. */
export interface PromiseTransaction {
  readonly kind: 'batch' | 'itx';
}

type Start = (transaction?: PromiseTransaction) => unknown;
export type CreatePrismaPromise = (start: Start, spec?: unknown) => PromiseLike<unknown>;

/** The versions whose inside was read and whose isolation is tested. */
const TESTED_VERSIONS: readonly string[] = ['7.10.0'];

/**
 * Reaches the inside of a Prisma client: the original one, of which `$extends` and transactions
 * derive theirs.
 *
 * @throws RingfenceError `PRISMA_VERSION_UNSUPPORTED` when it is not what was tested.
 */
export function openInternals(client: object): PrismaInternals {
  const original = (client as { _originalClient?: Partial<PrismaInternals> })._originalClient;
  const handler = original?._requestHandler;
  const known =
    original !== undefined &&
    TESTED_VERSIONS.includes(original._clientVersion ?? '') &&
    isObject(original._engineConfig) &&
    isObject(original._runtimeDataModel?.models) &&
    typeof original._createPrismaPromise === 'function' &&
    typeof original.$transaction === 'function' &&
    isObject(handler) &&
    handler.client === original &&
    typeof handler.dataloader?.options?.batchBy === 'function' &&
    typeof handler.request === 'function';
  if (!known) {
    throw new RingfenceError('PRISMA_VERSION_UNSUPPORTED', {
      detail: `Tested: ${TESTED_VERSIONS.join(', ')}. Found: ${original?._clientVersion ?? 'unknown'}.`,
    });
  }
  return original as PrismaInternals;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
