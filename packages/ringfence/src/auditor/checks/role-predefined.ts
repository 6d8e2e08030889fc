import type { Check } from '../check.js';
import type { Severity } from '../finding.js';
import { roleObject, sqlRole } from '../objects.js';

const HARM: Readonly<Record<string, Severity>> = {
  pg_execute_server_program: 'critical',
  pg_read_server_files: 'critical',
  pg_write_server_files: 'critical',
  pg_read_all_data: 'high',
  pg_write_all_data: 'high',
  pg_create_subscription: 'high',
  pg_monitor: 'medium',
  pg_read_all_stats: 'medium',
  pg_read_all_settings: 'medium',
  pg_stat_scan_tables: 'medium',
  pg_signal_backend: 'medium',
  pg_checkpoint: 'low',
  pg_maintain: 'low',
};

export const rolePredefined: Check = {
  id: 'role-predefined',
  title: 'The application role is a member of a powerful predefined role',
  severity: 'high',
  consequence: 'It reaches more than was granted to it.',
  *run(survey) {
    for (const role of survey.subjects) {
      for (const held of survey.rights.memberOf(role)) {
        const severity = HARM[held];
        if (severity === undefined) continue;
        // pg_monitor is made of other predefined roles: one finding for all.
        if (
          held !== 'pg_monitor' &&
          survey.rights.memberOf(role).has('pg_monitor') &&
          severity === 'medium'
        )
          continue;
        yield {
          object: { ...roleObject(role), detail: held },
          severity,
          evidence: `member of ${held}`,
          fix: `REVOKE ${sqlRole(held)} FROM ${sqlRole(role)};`,
        };
      }
    }
  },
};
