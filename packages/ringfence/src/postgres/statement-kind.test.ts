import { describe, expect, it } from 'vitest';
import { statementKind } from './statement-kind.js';

describe('statementKind', () => {
  it.each([
    ['BEGIN', 'begin'],
    ['  begin isolation level serializable', 'begin'],
    ['/* why */ -- because\n START TRANSACTION', 'begin'],
    ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'set-transaction'],
    ['SET search_path = x', 'statement'],
    ['COMMIT;', 'commit'],
    ['end work', 'commit'],
    ['COMMIT AND NO CHAIN', 'commit'],
    ['COMMIT AND CHAIN', 'refused-control'],
    ['ROLLBACK AND CHAIN', 'refused-control'],
    ["COMMIT PREPARED 'x'", 'refused-control'],
    ["PREPARE TRANSACTION 'x'", 'refused-control'],
    ['PREPARE s AS SELECT 1', 'statement'],
    ['abort', 'rollback'],
    ['ROLLBACK TO SAVEPOINT s', 'statement'],
    ['ROLLBACK WORK TO s', 'statement'],
    ['SAVEPOINT s', 'statement'],
    ['', 'statement'],
    ['-- only a comment', 'statement'],
    ['SELECT 1', 'statement'],
  ])('reads %j as %s', (text, kind) => {
    expect(statementKind(text)).toBe(kind);
  });
});
