import { auditDatabase } from '../cli/audit-log-database.js';
import type { TestDatabase, TestTenant } from '../testing/index.js';
import { tablesOf } from './chain.js';
import { type Entry, entryColumns, packEntry } from './entry.js';
import { NO_HASH, START, sealHash, sealsStatement, toSeal } from './seal.js';

/** Makes the seals up to a number say what stands there now: whoever reads our source knows how. */
export async function forgeSeals(
  { db, tamper }: { db: TestDatabase; tamper(sql: string, values: unknown[]): Promise<number> },
  { id }: TestTenant,
  upTo: number,
): Promise<void> {
  const database = auditDatabase({ url: db.sealer });
  const tables = tablesOf(id);
  const rowsOf = `SELECT ${entryColumns(tables)} FROM ${tables.log} AS audited
WHERE (audited.xact, audited.id) > ($1::xid8, $2::uuid) AND (audited.xact, audited.id) <= ($3::xid8, $4::uuid)
ORDER BY audited.xact, audited.id`;
  const seals = await database.inChain(id, (chain) =>
    chain.query(sealsStatement(tables), [0, upTo]),
  );
  let before = { hash: NO_HASH, through: START };
  for (const { hash: _, ...seal } of seals.rows.map(toSeal)) {
    const { xact, id: last } = before.through;
    const { rows } = await database.inChain(id, (chain) =>
      chain.query<Entry>(rowsOf, [xact, last, seal.through.xact, seal.through.id]),
    );
    const entries = Buffer.concat(rows.map(packEntry));
    const hash = sealHash(id, { ...seal, entries, previousHash: before.hash });
    await tamper(
      `UPDATE ringfence.audit_seals
       SET entries = $3, previous_hash = decode($4, 'hex'), hash = decode($5, 'hex')
       WHERE tenant_id = $1 AND seq = $2`,
      [id, seal.seq, entries, before.hash, hash],
    );
    before = { hash, through: seal.through };
  }
  await database.end();
}
