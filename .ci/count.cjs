// Reads Vitest's JSON report and prints "<passed> <failed>". A skipped test counts as failed: what
// does not run proves nothing. So does a run that failed in any other way, or wrote no report.
'use strict';
const fs = require('node:fs');

const [report, code] = process.argv.slice(2);
let passed = 0;
let failed = 0;
if (fs.existsSync(report)) {
  const found = JSON.parse(fs.readFileSync(report, 'utf8'));
  passed = found.numPassedTests;
  failed = found.numTotalTests - found.numPassedTests;
  for (const file of found.testResults) {
    for (const test of file.assertionResults) {
      if (test.status !== 'passed') process.stderr.write(`${test.status}: ${test.fullName}\n`);
    }
  }
}
if (failed === 0 && (code !== '0' || passed === 0)) failed = 1;
process.stdout.write(`${passed} ${failed}\n`);
