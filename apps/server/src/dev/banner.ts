import path from 'node:path';
import { DEMO_PASSWORD } from '../auth/index.js';
import { DEMO_TENANTS } from './demo-people.js';

/** What {@link banner} tells. */
export interface BannerFacts {
  readonly port: number;
  readonly mode: 'demo' | 'production';
  readonly dataFolder: string;
  readonly logFile: string | undefined;
  readonly connectionFile: string | undefined;
  /** What relative paths are relative to. */
  readonly folder: string;
}

/**
 * Where to go now, in at most 80 columns, however long the paths are: they are shown as seen from
 * where the person stands when that is shorter.
 */
export function banner(facts: BannerFacts): string {
  const { port, mode } = facts;
  const show = (file: string): string => {
    const relative = path.relative(facts.folder, file);
    return relative.startsWith('..') || relative === '' ? file : relative;
  };
  const lines = [
    '',
    `Ringfence is ready: http://localhost:${port}`,
    '',
    `  API, readable      http://localhost:${port}/docs`,
  ];
  if (mode === 'demo') {
    const hosts = DEMO_TENANTS.map(({ slug }) => `http://${slug}.localhost:${port}`);
    lines.push(
      `  mails to nobody    http://localhost:${port}/dev/outbox`,
      `  two customers      ${hosts.join('  ')}`,
      `  log in as          owner@acme.test, admin@…, member@…, viewer@… (of acme)`,
      `                     owner@globex.test and so on (of globex)`,
      `                     sam@example.test (of both)`,
      `  password           ${DEMO_PASSWORD}`,
    );
  }
  if (facts.connectionFile) lines.push(`  database URLs      ${show(facts.connectionFile)}`);
  lines.push(`  data               ${show(facts.dataFolder)}`);
  if (facts.logFile) lines.push(`  log                ${show(facts.logFile)}`);
  if (mode === 'demo') {
    lines.push(
      '',
      '  Log in from another terminal:',
      `  curl -s http://localhost:${port}/auth/login \\`,
      `    -H 'content-type: application/json' \\`,
      `    -d '{"tenant":"acme","email":"owner@acme.test","password":"${DEMO_PASSWORD}"}'`,
    );
  }
  lines.push('', 'Ctrl-C stops everything.', '');
  return lines.join('\n');
}
