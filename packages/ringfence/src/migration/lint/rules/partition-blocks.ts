import { shown } from '../read-names.js';
import type { LintRule } from '../rule.js';
import { isNew } from '../world.js';

export const partitionBlocks: LintRule = {
  id: 'partition-blocks',
  title: 'A partition is attached or detached under a lock',
  severity: 'error',
  consequence:
    'ATTACH reads the new partition, and the default one, under ACCESS EXCLUSIVE; DETACH stops everybody on the parent.',
  instead:
    'Before ATTACH add a validated CHECK of the bounds to the new partition, then allow this line with that reason. DETACH … CONCURRENTLY cannot be run again after a crash: run it by hand.',
  *find(change, { world }) {
    if (change.kind !== 'alter table' || !/^AT_(?:At|De)tachPartition$/.test(change.command))
      return;
    if (change.command === 'AT_DetachPartition' && change.concurrent) return;
    if (!isNew(world.table(change.table))) yield `a partition of ${shown(change.table)}`;
  },
};
