import { CANDIDATES, type CandidateName } from './candidates/index.js';
import type { CrewMember } from './crew.js';
import type { Cell } from './measure.js';

/**
 * What is compared must do the same work: every candidate answers the same counts, and those under
 * tenancy show a row to its owner and to nobody else.
 *
 * @throws Error naming the candidate that does not.
 */
export async function checkCandidates(crew: readonly CrewMember[]): Promise<void> {
  let expected: string | undefined;
  for (const member of crew) {
    const counts = JSON.stringify(await member.answers());
    expected ??= counts;
    if (counts !== expected) throw new Error(`${member.name} answers ${counts}, not ${expected}`);
    const [owner, other] = await member.foreign();
    const open = CANDIDATES[member.name as CandidateName].tenancy === 'none';
    if (owner !== 1 || other !== (open ? 1 : 0)) {
      throw new Error(`${member.name}: owner sees ${owner} rows, another tenant ${other}`);
    }
  }
}

/** A smoke run measures nothing, but everything must have been measured. */
export function checkCells(cells: readonly Cell[]): void {
  for (const { candidate, scenario, clients, ratio } of cells) {
    if (Number.isFinite(ratio) && ratio > 0) continue;
    throw new Error(`${candidate}, ${scenario}, ${clients} clients: no ratio`);
  }
}
