import type { Check } from '../check.js';
import { databaseObject, roleObject } from '../objects.js';
import { concerns, settingReset } from '../role-settings.js';

export const settingLogsStatements: Check = {
  id: 'setting-logs-statements',
  title: 'Statements of all tenants are written to the log with their values',
  severity: 'medium',
  consequence: 'The log holds rows of every tenant; treat it so, or stop it.',
  *run(survey) {
    const loud = (name: string, value: string): boolean =>
      (name === 'log_statement' && ['all', 'mod'].includes(value)) ||
      (/^(log_min_duration_statement|log_min_duration_sample|auto_explain\.log_min_duration)$/.test(
        name,
      ) &&
        value !== '-1') ||
      (name === 'log_parameter_max_length_on_error' && value !== '0') ||
      (name === 'log_parameter_max_length' && value !== '0');
    for (const { role, name, value, here } of survey.catalog.roleSettings) {
      if (!loud(name, value) || !concerns(survey, role)) continue;
      yield {
        object: { ...(role === '' ? databaseObject() : roleObject(role)) },
        evidence: `${name} = ${value}`,
        fix: settingReset(survey, role, name, here),
      };
    }
    const { settings } = survey.catalog;
    // How long a logged parameter may be matters only when statements are logged at all.
    if (settings.log_parameter_max_length === '0') return;
    for (const name of [
      'log_statement',
      'log_min_duration_statement',
      'auto_explain.log_min_duration',
    ]) {
      const value = settings[name];
      if (value === undefined || !loud(name, value)) continue;
      yield { object: databaseObject(), evidence: `${name} = ${value} for the server` };
    }
  },
};
