import { describe, expect, it } from 'vitest';
import { otlpAddresses } from './otlp-addresses.js';

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };
const both = {
  traces: 'http://collector:4318/v1/traces',
  metrics: 'http://collector:4318/v1/metrics',
};

describe('where telemetry is exported to', () => {
  it.each([
    ['nowhere, until a variable says so', {}, {}],
    ['the base, with a path for each signal', BASE, both],
    [
      'not where one is switched off',
      { ...BASE, OTEL_TRACES_EXPORTER: 'none' },
      { metrics: both.metrics },
    ],
    ['nowhere when all is off', { ...BASE, OTEL_SDK_DISABLED: 'TRUE' }, {}],
    [
      "the standard's own address for otlp alone",
      { OTEL_METRICS_EXPORTER: 'otlp' },
      { metrics: 'http://localhost:4318/v1/metrics' },
    ],
    [
      'an address of one signal as it stands',
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://t.example/x' },
      { traces: 'https://t.example/x' },
    ],
  ] as const)('%s', (_case, settings, addresses) => {
    expect(otlpAddresses(settings)).toEqual(addresses);
  });
});
