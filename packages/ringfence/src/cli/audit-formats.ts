import {
  type AuditReport,
  htmlReport,
  junitReport,
  markdownReport,
  sarifReport,
  textReport,
} from '../auditor/index.js';
import type { AuditFormat } from '../config/index.js';

/** Each way to write a report. */
export const FORMATS: Readonly<
  Record<AuditFormat, (report: AuditReport, colour: boolean) => string>
> = {
  text: textReport,
  json: (report) => JSON.stringify(report, null, 2),
  sarif: sarifReport,
  junit: junitReport,
  markdown: markdownReport,
  html: htmlReport,
};
