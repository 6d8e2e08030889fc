import { readFileSync } from 'node:fs';
import { PrometheusMetrics } from 'ringfence/prometheus';
import { LOG_FIELDS } from 'ringfence/telemetry';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8');

/** The first cells of the table that follows a heading. */
function cells(heading: string): string[] {
  const section = PAGE.slice(PAGE.indexOf(`## ${heading}`)).split(/\n## /)[0] ?? '';
  const table = /(?:^\|.*\n)+/m.exec(section)?.[0] ?? '';
  const rows = table.trim().split('\n').slice(2);
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
  );
}

describe('docs/observability.md', () => {
  it('names every field that a log line may hold, and no other', () => {
    const always = ['time', 'level', 'msg', 'leftOut'];
    expect(cells('Logs').sort()).toEqual(
      [...LOG_FIELDS, ...always, 'stack'].filter((name) => name !== 'stack').sort(),
    );
  });

  it('names every metric, with its labels', async () => {
    const metrics = new PrometheusMetrics({ processMetrics: false });
    metrics.watchRefusals({ read: () => [] });
    const rows = (await metrics.registry.getMetricsAsJSON()).map(({ name, help, type }) => {
      const { labelNames = [] } = metrics.registry.getSingleMetric(name) as unknown as {
        labelNames?: string[];
      };
      const labels = labelNames.map((label) => `\`${label}\``).join(', ') || '–';
      return `| \`${name}\` | ${type} | ${labels} | ${help} |`;
    });
    const table = ['| metric | kind | labels | what |', '| --- | --- | --- | --- |', ...rows].join(
      '\n',
    );
    expect(PAGE).toContain(table);
  });
});
