import type { Attack } from '../attack.js';
import { boundSettings } from './bound-settings.js';
import { tryPivots } from './context-pivot.js';
import { rolePivots } from './pivots.js';

/** Tries to get past the policies: as another role, by a flag, as an owner, by a switch. */
export const rolePivot: Attack = {
  operation: 'role-pivot',
  applies: (target) => target.type === 'context',
  run: async (input) => {
    const [carrier = ''] = await boundSettings(input.scene, input.attacker);
    return tryPivots(input, rolePivots(input.scene, input.victim, carrier));
  },
};
