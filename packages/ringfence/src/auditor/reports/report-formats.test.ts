import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../audit.js';
import { CHECKS } from '../checks/index.js';
import { type Finding, findingKey, SEVERITIES } from '../finding.js';
import { junitReport } from './junit-report.js';
import { parseXml, reportComplaints, sarifComplaints } from './report-shapes.fixture.js';
import { sarifReport } from './sarif-report.js';

const HOSTILE = 'od"d <n>&\'\u0001\u001b[31m\n]]>\u202e\ufffe\uffff é 😀';

/** Every check finds something in an object with a hostile name. */
function report(notRead = 1): AuditReport {
  const findings = CHECKS.map(({ id, title, severity, consequence }, at): Finding => {
    const object = {
      kind: 'table',
      schema: HOSTILE,
      name: `${HOSTILE}${at}`,
      ...(at % 2 === 0 ? { table: HOSTILE } : { arguments: HOSTILE, detail: HOSTILE }),
    };
    return {
      ...{ key: findingKey(id, object), check: id, title, severity, consequence, object },
      evidence: HOSTILE,
      ...(at % 3 === 0 ? { fix: `SELECT '${HOSTILE}';` } : {}),
    };
  });
  const counts = Object.fromEntries(SEVERITIES.map((each) => [each, 1]));
  return {
    findings,
    notRead: Array.from({ length: notRead }, () => ({ what: HOSTILE, why: HOSTILE })),
    summary: {
      ...{ database: HOSTILE, serverVersion: 180004, appRoles: [HOSTILE], tables: 1 },
      tenancy: { column: null, tables: [], confidence: 0, setting: null },
      ...{ tenantTables: 0, checks: CHECKS.length },
      counts: counts as AuditReport['summary']['counts'],
    },
  };
}

describe('the SARIF report', () => {
  it('is what the OASIS schema of SARIF 2.1.0 says', () => {
    const sarif = JSON.parse(sarifReport(report()));
    expect(sarifComplaints(sarif)).toEqual([]);
    expect(sarif.runs[0].results).toHaveLength(CHECKS.length);
    for (const { ruleId, ruleIndex } of sarif.runs[0].results) {
      expect(sarif.runs[0].tool.driver.rules[ruleIndex].id).toBe(ruleId);
    }
  });

  it('would be refused otherwise', () => {
    const sarif = JSON.parse(sarifReport(report()));
    sarif.runs[0].results[0].level = 'critical';
    delete sarif.runs[0].tool.driver.name;
    expect(sarifComplaints(sarif).join()).toMatch(/driver.*required|level.*allowed/);
  });
});

describe('the JSON report', () => {
  it('is what its own schema says', () => {
    const accepted = [{ key: 'a/b', reason: 'known', expires: '2030-01-01' }];
    expect(reportComplaints(JSON.parse(JSON.stringify({ ...report(), accepted })))).toEqual([]);
    expect(reportComplaints({ ...report(), accepted, more: 1 })).not.toEqual([]);
  });
});

describe('the JUnit report', () => {
  it('is well-formed XML with a case per check, whatever the names are', () => {
    const [suite] = parseXml(junitReport(report(2))).children;
    expect(suite?.attributes).toMatchObject({
      tests: String(CHECKS.length + 2),
      failures: String(CHECKS.length),
      skipped: '2',
    });
    expect(suite?.children).toHaveLength(CHECKS.length + 2);
    expect(suite?.children[0]?.children[0]).toMatchObject({ name: 'failure' });
    expect(suite?.children[0]?.children[0]?.text).toContain('od"d <n>&\'');
  });

  it.each([
    '<a>',
    '<a></b>',
    '<a x="1" x="2"/>',
    '<a>&nbsp;</a>',
    '<a x="<"/>',
    '<a/><b/>',
    '<a>\u0001</a>',
    '<a>&</a>',
  ])('would be refused as %j', (bad) => {
    expect(() => parseXml(`<?xml version="1.0" encoding="UTF-8"?>\n${bad}`)).toThrow();
  });
});
