import { relationAttack } from '../attack.js';
import { conflictOracle } from './unique-oracle.js';
import { hasTenant } from './update-to-other.js';

/** As the unique oracle, but ON CONFLICT DO NOTHING: the answer is silent, and its row count talks. */
export const upsertOracle = relationAttack(
  'upsert-oracle',
  'rp',
  ({ scene, attacker, victim }, relation) =>
    conflictOracle(scene, attacker, victim, relation, 'ON CONFLICT DO NOTHING'),
  hasTenant,
);
