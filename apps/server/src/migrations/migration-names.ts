/**
 * The controlled migrations whose two shapes this release serves: what stands in `@WhenMigrated` and
 * `isSwitched`. A name leaves the list with the code for its old shape, after the contract.
 */
export const MIGRATION_NAMES: readonly string[] = [];
