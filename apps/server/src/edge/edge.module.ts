import { Global, Module } from '@nestjs/common';
import { OpenConnections } from './open-connections.js';
import { OriginRules } from './origins/origin-rules.js';
import { ServerState } from './server-state.js';

/** What other rooms need of the edge. */
@Global()
@Module({
  providers: [OpenConnections, OriginRules, ServerState],
  exports: [OriginRules, ServerState],
})
export class EdgeModule {}
