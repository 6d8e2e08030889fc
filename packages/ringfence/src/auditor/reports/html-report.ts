import type { AuditReport } from '../audit.js';
import { type Finding, SEVERITIES } from '../finding.js';
import { describeObject } from './describe-finding.js';
import { escapeMarkup } from './escape-markup.js';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border-left: .4rem solid gray; padding: .1rem 1rem; margin: 1rem 0; }
.critical { border-color: #b00020; } .high { border-color: #d9480f; }
.medium { border-color: #b8860b; } .low { border-color: #1971c2; }
h2 { font-size: 1.1rem; } code, pre { overflow-wrap: anywhere; white-space: pre-wrap; }
pre { padding: .6rem; background: color-mix(in srgb, currentColor 8%, transparent); }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem; text-align: right; }
`;

/** One file without scripts and without anything from elsewhere. */
export function htmlReport(report: AuditReport): string {
  const { summary } = report;
  const heads = SEVERITIES.map((each) => `<th scope="col">${each}</th>`).join('');
  const cells = SEVERITIES.map((each) => `<td>${summary.counts[each]}</td>`).join('');
  const notRead = report.notRead
    .map(({ what, why }) => `<li><code>${escapeMarkup(`${what}: ${why}`)}</code></li>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>ringfence audit of ${escapeMarkup(summary.database)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>ringfence audit of <code>${escapeMarkup(summary.database)}</code></h1>
<p>${summary.checks} checks over ${summary.tables} tables, ${summary.tenantTables} of them with the tenant column
<code>${escapeMarkup(summary.tenancy.column ?? '(none found)')}</code>; applications log in as
<code>${escapeMarkup(summary.appRoles.join(', ') || '(nobody found)')}</code>.</p>
<table><thead><tr>${heads}</tr></thead><tbody><tr>${cells}</tr></tbody></table>
${report.findings.map(article).join('\n')}
${notRead === '' ? '' : `<h2>Not read</h2>\n<ul>${notRead}</ul>`}
</body>
</html>
`;
}

function article({ severity, check, title, object, evidence, consequence, fix }: Finding): string {
  return `<article class="${severity}">
<h2>${severity}: <code>${escapeMarkup(describeObject(object))}</code></h2>
<p>${escapeMarkup(`${title}. ${consequence}`)}</p>
<p>Seen by ${escapeMarkup(check)}: <code>${escapeMarkup(evidence)}</code></p>
${fix === undefined ? '' : `<pre>${escapeMarkup(fix)}</pre>`}
</article>`;
}
