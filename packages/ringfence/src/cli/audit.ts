import { parseArgs } from 'node:util';
import { audit } from '../auditor/index.js';
import { RingfenceError } from '../errors/index.js';
import type { ExitCode, Terminal } from './terminal.js';

export async function auditCommand(args: string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      'app-role': { type: 'string', multiple: true },
      json: { type: 'boolean' },
    },
  });
  const url = values.url ?? terminal.env.DATABASE_URL;
  if (!url) throw new RingfenceError('CONFIGURATION_INVALID', { detail: 'Give --url.' });
  const appRoles = values['app-role']?.flatMap((each) => each.split(','));
  const report = await audit({ url, ...(appRoles ? { appRoles } : {}) });
  terminal.out(JSON.stringify(report));
  return report.findings.length > 0 ? 1 : 0;
}
