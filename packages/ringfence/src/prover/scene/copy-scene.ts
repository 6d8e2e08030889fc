import { quoteIdentifier } from '../../sql/index.js';
import type { Catalog } from '../catalog/catalog.js';
import type { Tenancy } from '../catalog/find-tenancy.js';
import type { Actor, Party, Scene } from './scene.js';
import { type Answer, type Outcome, Session, type Statement } from './session.js';
import type { TenantBinder } from './tenant-binder.js';
import type { TruthDoor } from './truth-door.js';

/** What a {@link CopyScene} stands on. */
export interface CopySceneParts {
  readonly catalog: Catalog;
  readonly tenancy: Tenancy;
  readonly binder: TenantBinder;
  readonly parties: readonly [Party, Party];
  readonly adminUrl: string;
  readonly appUrl: string;
  /** For an administrator who cannot take the application's place. */
  readonly door?: TruthDoor;
}

const BEGIN = { text: 'BEGIN' };
const ROLLBACK = { text: 'ROLLBACK' };

/** The scene in a copy of the database: real logins of the application role, and one administrator. */
export class CopyScene implements Scene {
  readonly catalog: Catalog;
  readonly tenancy: Tenancy;
  readonly binder: TenantBinder;
  readonly parties: readonly [Party, Party];
  readonly ownConnections = true;
  readonly untouched = true;
  readonly throwaway = true;
  readonly administrator = true;
  readonly #admin: Session;
  /** Tenants were bound on it. */
  readonly #used: Session;
  /** No tenant was ever bound on it. */
  readonly #untouched: Session;
  readonly #pair: readonly [Session, Session];
  readonly #door: TruthDoor | undefined;

  constructor(parts: CopySceneParts) {
    this.catalog = parts.catalog;
    this.tenancy = parts.tenancy;
    this.binder = parts.binder;
    this.parties = parts.parties;
    this.#door = parts.door;
    this.#admin = new Session(parts.adminUrl);
    this.#used = new Session(parts.appUrl);
    this.#untouched = new Session(parts.appUrl);
    this.#pair = [new Session(parts.appUrl), new Session(parts.appUrl)];
  }

  attempt(actor: Actor, ...statements: readonly Statement[]): Promise<Outcome> {
    return attemptOn(this.#sessionOf(actor), [BEGIN, ...this.#binding(actor)], statements);
  }

  async truthAfter(
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | undefined> {
    const outcome = await this.#pretending([], actor, statements, truth);
    return outcome === 'not plantable' ? undefined : outcome;
  }

  truthAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | 'not plantable' | undefined> {
    return this.#pretending(planted, actor, statements, truth);
  }

  async attemptAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    ...statements: readonly Statement[]
  ): Promise<Outcome | 'not plantable'> {
    const door = this.#door;
    const session = door ? this.#sessionOf(actor) : this.#admin;
    const { appRole } = this.catalog;
    const become = { text: `SET LOCAL SESSION AUTHORIZATION ${quoteIdentifier(appRole)}` };
    await session.run(BEGIN);
    try {
      const plant = await attemptInside(session, door ? planted.map(door.plant) : planted);
      if (!plant.ok) return 'not plantable';
      const opening = [...(door ? [] : [become]), ...this.#binding(actor)];
      const opened = await attemptInside(session, opening);
      return opened.ok ? await attemptInside(session, statements) : { ...opened, at: -1 };
    } finally {
      await session.run(ROLLBACK).catch(() => undefined);
    }
  }

  async truth(statement: Statement): Promise<Answer> {
    if (!this.#door) return this.#admin.run(statement);
    // Not every truth is a query: a number is drawn from a sequence for good.
    if (/nextval/.test(statement.text)) return this.#admin.run(statement);
    await this.#admin.run(BEGIN);
    try {
      return this.#door.read(await this.#admin.run(this.#door.ask(statement)));
    } finally {
      await this.#admin.run(ROLLBACK).catch(() => undefined);
    }
  }

  twoSessions(): readonly [Session, Session] {
    return this.#pair;
  }

  async end(): Promise<void> {
    const all = [this.#admin, this.#used, this.#untouched, ...this.#pair];
    await Promise.all(all.map((session) => session.end()));
  }

  #binding(actor: Actor): Statement[] {
    return typeof actor === 'string' ? [] : [this.binder.bind(actor.tenant)];
  }

  #sessionOf(actor: Actor): Session {
    return actor === 'nobody' ? this.#untouched : this.#used;
  }

  /** One transaction of the application, in which the owner looks through the door. */
  async #throughDoor(
    door: TruthDoor,
    planted: readonly Statement[],
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | 'not plantable' | undefined> {
    const session = this.#sessionOf(actor);
    await session.run(BEGIN);
    try {
      const plant = await attemptInside(session, planted.map(door.plant));
      if (!plant.ok) return 'not plantable';
      const looking = [...this.#binding(actor), ...statements, door.ask(truth)];
      const outcome = await attemptInside(session, looking);
      const last = outcome.ok ? outcome.answers.at(-1) : undefined;
      return last && door.read(last);
    } finally {
      await session.run(ROLLBACK).catch(() => undefined);
    }
  }

  /** One transaction of the administrator, who is the application role in its middle. */
  async #pretending(
    planted: readonly Statement[],
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | 'not plantable' | undefined> {
    if (this.#door) return this.#throughDoor(this.#door, planted, actor, statements, truth);
    const { appRole } = this.catalog;
    const admin = this.#admin;
    await admin.run(BEGIN);
    try {
      const plant = await attemptInside(admin, planted);
      if (!plant.ok) return 'not plantable';
      const become = { text: `SET LOCAL SESSION AUTHORIZATION ${quoteIdentifier(appRole)}` };
      const acted = await attemptInside(admin, [become, ...this.#binding(actor), ...statements]);
      if (!acted.ok) return undefined;
      await admin.run({ text: 'RESET SESSION AUTHORIZATION' });
      return await admin.run(truth);
    } finally {
      await admin.run(ROLLBACK).catch(() => undefined);
      await admin.run({ text: 'RESET SESSION AUTHORIZATION' }).catch(() => undefined);
    }
  }
}

/** Runs `opening` and the statements, and rolls all of it back. */
export async function attemptOn(
  session: Session,
  opening: readonly Statement[],
  statements: readonly Statement[],
): Promise<Outcome> {
  try {
    const opened = await attemptInside(session, opening);
    return opened.ok ? await attemptInside(session, statements) : { ...opened, at: -1 };
  } finally {
    await session.run(ROLLBACK).catch(() => undefined);
  }
}

/** Runs statements one after the other until one is refused. */
export async function attemptInside(
  session: Session,
  statements: readonly Statement[],
): Promise<Outcome> {
  const answers: Answer[] = [];
  for (const statement of statements) {
    try {
      answers.push(await session.run(statement));
    } catch (error) {
      const {
        code = '',
        message,
        detail = '',
      } = error as Error & { code?: string; detail?: string };
      return {
        ok: false,
        code,
        message: detail ? `${message} ${detail}` : message,
        at: answers.length,
      };
    }
  }
  return { ok: true, answers };
}
