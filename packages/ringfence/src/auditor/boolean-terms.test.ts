import { describe, expect, it } from 'vitest';
import { booleanTerms } from './boolean-terms.js';

const leaf = (text: string) => ({ kind: 'leaf', text });

describe('booleanTerms', () => {
  it.each([
    ['(a = 1)', leaf('a = 1')],
    ['((a = 1) OR (b = 2))', { kind: 'or', terms: [leaf('a = 1'), leaf('b = 2')] }],
    [
      '((a = \' OR \') AND ((b) OR ("c OR d" = 1)))',
      {
        kind: 'and',
        terms: [leaf("a = ' OR '"), { kind: 'or', terms: [leaf('b'), leaf('"c OR d" = 1')] }],
      },
    ],
    ["(f('it''s (') OR (a))", { kind: 'or', terms: [leaf("f('it''s (')"), leaf('a')] }],
    [
      '(EXISTS ( SELECT 1 FROM x WHERE ((x.a) OR (x.b))))',
      leaf('EXISTS ( SELECT 1 FROM x WHERE ((x.a) OR (x.b)))'),
    ],
    ['CASE WHEN (a OR b) THEN c ELSE d END', leaf('CASE WHEN (a OR b) THEN c ELSE d END')],
  ])('takes %s apart', (text, terms) => {
    expect(booleanTerms(text)).toEqual(terms);
  });
});
