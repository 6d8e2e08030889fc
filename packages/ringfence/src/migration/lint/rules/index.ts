import type { LintRule } from '../rule.js';
import { beyondTheDatabase } from './beyond-the-database.js';
import { checkNotValid } from './check-not-valid.js';
import { codeUnseen } from './code-unseen.js';
import { columnDefaultVolatile } from './column-default-volatile.js';
import { columnNotNull } from './column-not-null.js';
import { columnType } from './column-type.js';
import { concurrentlyInTransaction } from './concurrently-in-transaction.js';
import { definerPublic } from './definer-public.js';
import { definerSearchPath } from './definer-search-path.js';
import { dropCascade } from './drop-cascade.js';
import { droppedInExpand } from './dropped-in-expand.js';
import { enumChanged } from './enum-changed.js';
import { foreignKeyComposite } from './foreign-key-composite.js';
import { foreignKeyNotValid } from './foreign-key-not-valid.js';
import { foreignKeySetNull } from './foreign-key-set-null.js';
import { functionSchema } from './function-schema.js';
import { grantWide } from './grant-wide.js';
import { indexDropNotConcurrent } from './index-drop-not-concurrent.js';
import { indexNotConcurrent } from './index-not-concurrent.js';
import { isolationWeakened } from './isolation-weakened.js';
import { locked } from './locked.js';
import { nameTooLong } from './name-too-long.js';
import { notRepeatable } from './not-repeatable.js';
import { partitionBlocks } from './partition-blocks.js';
import { policyUnbound } from './policy-unbound.js';
import { refreshBlocks } from './refresh-blocks.js';
import { reindexNotConcurrent } from './reindex-not-concurrent.js';
import { renamed } from './renamed.js';
import { rewritten } from './rewritten.js';
import { rowsInSchemaPlane } from './rows-in-schema-plane.js';
import { schemaUnnamed } from './schema-unnamed.js';
import { setNotNull } from './set-not-null.js';
import { severalTables } from './several-tables.js';
import { tenantColumn } from './tenant-column.js';
import { tenantDefault } from './tenant-default.js';
import { tenantIndex } from './tenant-index.js';
import { tenantKey } from './tenant-key.js';
import { tenantPolicy } from './tenant-policy.js';
import { tenantRls } from './tenant-rls.js';
import { tenantRlsForced } from './tenant-rls-forced.js';
import { tenantUnique } from './tenant-unique.js';
import { tightenedInExpand } from './tightened-in-expand.js';
import { timeoutSet } from './timeout-set.js';
import { transactionControl } from './transaction-control.js';
import { triggerDisabled } from './trigger-disabled.js';
import { truncated } from './truncated.js';
import { uniqueNotFromIndex } from './unique-not-from-index.js';
import { validateBlind } from './validate-blind.js';
import { validateInSameTransaction } from './validate-in-same-transaction.js';
import { viewDefiner } from './view-definer.js';
import { withdrawnInExpand } from './withdrawn-in-expand.js';

/** Every rule; docs/lint/ has a page for each. */
export const RULES: readonly LintRule[] = [
  beyondTheDatabase,
  checkNotValid,
  codeUnseen,
  columnDefaultVolatile,
  columnNotNull,
  columnType,
  concurrentlyInTransaction,
  definerPublic,
  definerSearchPath,
  dropCascade,
  droppedInExpand,
  enumChanged,
  foreignKeyComposite,
  foreignKeyNotValid,
  foreignKeySetNull,
  functionSchema,
  grantWide,
  indexDropNotConcurrent,
  indexNotConcurrent,
  isolationWeakened,
  locked,
  nameTooLong,
  notRepeatable,
  partitionBlocks,
  policyUnbound,
  refreshBlocks,
  reindexNotConcurrent,
  renamed,
  rewritten,
  rowsInSchemaPlane,
  schemaUnnamed,
  setNotNull,
  severalTables,
  tenantColumn,
  tenantDefault,
  tenantIndex,
  tenantKey,
  tenantPolicy,
  tenantRls,
  tenantRlsForced,
  tenantUnique,
  tightenedInExpand,
  timeoutSet,
  transactionControl,
  triggerDisabled,
  truncated,
  uniqueNotFromIndex,
  validateBlind,
  validateInSameTransaction,
  viewDefiner,
  withdrawnInExpand,
];
