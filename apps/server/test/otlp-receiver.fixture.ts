import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP/HTTP JSON has it. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** A collector of OpenTelemetry, as far as a test needs one: it takes what a real exporter sends. */
export interface OtlpReceiver {
  readonly url: string;
  /** Everything that came, as it came. */
  text(): string;
  spans(): ReceivedSpan[];
  /** Names of the metrics that came, and the attributes of their points. */
  points(metric: string): Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

interface KeyValue {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: the protocol's JSON, read by whoever asks.
type Json = any;

/** @see OpenTelemetry protocol specification, "OTLP/HTTP", "JSON Protobuf Encoding" */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const bodies: { path: string; text: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push({ path: request.url ?? '', text: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = (path: string): Json[] =>
    bodies.filter((body) => body.path === path).map(({ text }) => JSON.parse(text));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => bodies.map(({ text }) => text).join('\n'),
    spans: () =>
      at('/v1/traces')
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }: Json) => scopeSpans)
        .flatMap(({ spans }: Json) => spans)
        .map((span: Json) => ({
          ...span,
          attributes: plain(span.attributes),
          links: span.links ?? [],
        })),
    points: (name) =>
      at('/v1/metrics')
        .flatMap(({ resourceMetrics }) => resourceMetrics)
        .flatMap(({ scopeMetrics }: Json) => scopeMetrics)
        .flatMap(({ metrics }: Json) => metrics)
        .filter((metric: Json) => metric.name === name)
        .flatMap((metric: Json) => (metric.sum ?? metric.gauge ?? metric.histogram).dataPoints)
        .map((point: Json) => plain(point.attributes)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function plain(attributes: readonly KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const),
  );
}
