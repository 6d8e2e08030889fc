import { Global, Module } from '@nestjs/common';
import { OpenConnections } from './open-connections.js';
import { ServerState } from './server-state.js';

/** What other rooms need of the edge. */
@Global()
@Module({ providers: [OpenConnections, ServerState], exports: [ServerState] })
export class EdgeModule {}
