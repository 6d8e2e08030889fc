import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { AnyMember, Public } from 'ringfence/nest';
import { TenantPool } from 'ringfence/postgres';
import { TENANT_PRISMA, type TenantPrisma } from '../../src/database/index.js';

/** Holds two requests until both are there, and lets them go on in one tick. */
export class Rendezvous {
  #arrived = 0;
  #open: () => void = () => undefined;
  readonly #both = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  get arrived(): number {
    return this.#arrived;
  }

  async meet(): Promise<void> {
    this.#arrived += 1;
    if (this.#arrived === 2) this.#open();
    await this.#both;
  }
}

/** Mistakes that people make, as routes. Whatever all requests share is shared on purpose. */
@AnyMember('a defect that was planted has no permission of its own')
@Controller('planted')
export class PlantedRoutes {
  rendezvous = new Rendezvous();
  readonly #cache = new Map<string, unknown>();

  constructor(
    @Inject(TENANT_PRISMA) private readonly prisma: TenantPrisma,
    @Inject(TenantPool) private readonly pool: TenantPool,
  ) {}

  /** Hand-written SQL that forgets whose rows it wants. */
  @Get('forgotten-where')
  async forgottenWhere() {
    return (await this.pool.query('SELECT name FROM projects')).rows;
  }

  /** The same with nobody logged in. */
  @Public('a mistake, planted')
  @Get('nobody')
  async nobody() {
    return (await this.pool.query('SELECT name FROM projects')).rows;
  }

  /** SQL from the sender, in the request's transaction. */
  @Post('injected')
  injected(@Body() { statements }: { statements: string[] }) {
    return this.pool.transaction(async (client) => {
      const rows: unknown[] = [];
      for (const text of statements) rows.push((await client.query(text)).rows);
      return rows;
    });
  }

  /** A cache whose key says nothing about the tenant. */
  @Get('cached/:id')
  async cached(@Param('id') id: string) {
    if (!this.#cache.has(id)) {
      this.#cache.set(id, await this.prisma.project.findUniqueOrThrow({ where: { id } }));
    }
    return this.#cache.get(id);
  }

  /** Asked by two tenants in the same tick. */
  @Get('together/:id')
  async together(@Param('id') id: string) {
    await this.rendezvous.meet();
    return (await this.prisma.project.findUnique({ where: { id } })) ?? { nothing: true };
  }

  /** Work that is prepared in one request and done in another. */
  @Post('prepared')
  prepare(@Body() { organizationId, name }: { organizationId: string; name: string }) {
    // Wrapped: an async function would await it.
    this.#cache.set('work', {
      promise: this.prisma.project.create({ data: { organizationId, name } }),
    });
    return {};
  }

  @Get('prepared')
  async prepared() {
    return (this.#cache.get('work') as { promise: Promise<unknown> }).promise;
  }
}
