import { Module } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { FASTIFY_OPTIONS } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { appModule } from '../../src/app.module.js';
import { ServerTelemetry } from '../../src/telemetry/index.js';
import { startTestServer, type TestServer } from '../server-app.fixture.js';
import { PlantedRoutes } from './planted-routes.fixture.js';
import {
  believeBodies,
  believeTheEdge,
  type Layer,
  PoolForAnybody,
  weaken,
} from './removed-layer.fixture.js';

@Module({ controllers: [PlantedRoutes] })
class PlantedModule {}

/** The whole server with the planted routes, and without one of its layers. */
export async function startWithout(layer: Layer): Promise<TestServer> {
  const directory = new Map<string, string>();
  const server = await startTestServer({}, async (config, logger) => {
    const telemetry = await ServerTelemetry.start(config, () => undefined);
    const building = Test.createTestingModule({
      imports: [appModule(config, logger, telemetry), PlantedModule],
    });
    if (layer === 2) {
      building.overrideProvider(TenantPool).useFactory({
        factory: () => new PoolForAnybody({ connectionString: config.DATABASE_URL }),
      });
    }
    const app = (await building.compile()).createNestApplication<NestFastifyApplication>(
      new FastifyAdapter(FASTIFY_OPTIONS),
    );
    if (layer === 1) believeTheEdge(app, () => directory);
    if (layer === 2) believeBodies(app);
    return app;
  });
  for (const { owner } of [server.a, server.b]) directory.set(owner.tenant.slug, owner.tenant.id);
  await weaken(server.db, layer);
  return server;
}
