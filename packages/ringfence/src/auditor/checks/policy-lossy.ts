import type { Relation } from '../catalog.js';
import type { Check } from '../check.js';
import { relationObject } from '../objects.js';
import { breadth, describeOpening, openings } from '../openings.js';
import type { Survey } from '../survey.js';

export const policyLossy: Check = {
  id: 'policy-lossy',
  title: 'A policy takes different tenants for the same',
  severity: 'critical',
  consequence:
    "A context that is not the row's tenant passes: by a prefix, a pattern or another letter case.",
  *run(survey) {
    for (const table of survey.tables) {
      const lossy = ['similar', 'pattern', 'case'];
      const open = openings(survey, table).filter(
        (each) =>
          breadth(each) === 'none' &&
          each.judgement.holes.some(
            ({ row, context }) => row !== 'orphan' && lossy.includes(context),
          ),
      );
      const [worst] = open;
      const digest = worst ? undefined : shortDigest(survey, table);
      if (digest) yield { object: relationObject(table), severity: 'high', evidence: digest };
      if (!worst) continue;
      const hole = worst.judgement.holes.find(({ context }) => lossy.includes(context));
      yield {
        object: relationObject(table),
        ...(hole?.context === 'case' ? { severity: 'high' as const } : {}),
        evidence: `true for another tenant (${hole?.context}): ${describeOpening(worst)}`,
      };
    }
  },
};

/** Two tenants share a part of a digest, or a number of few digits, sooner or later. */
const DIGEST =
  /\b(left|right|substr|substring|mod|abs)"?\(\(*(md5|sha\d+|hash\w+|encode)\(|\b(hashtext(extended)?|hash\w+|crc32c?)\(/;

function shortDigest(survey: Survey, table: Relation): string | undefined {
  const tenant = survey.tenantColumn(table);
  if (!tenant || !table.rls || survey.reachers(table).length === 0) return undefined;
  const policy = survey
    .policies(table)
    .find(
      ({ permissive, using, check }) =>
        permissive && `${using} ${check}`.includes(tenant.name) && DIGEST.test(`${using} ${check}`),
    );
  return policy && `policy ${policy.name} compares digests: ${policy.using ?? policy.check}`;
}
