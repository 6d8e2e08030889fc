import { TENANT_SETTING } from '../../sql/index.js';
import { Unprovable } from '../verdict.js';
import { attemptInside, attemptOn } from './copy-scene.js';
import type { Stage } from './prepare-stage.js';
import type { Actor, Party, Scene } from './scene.js';
import { type Answer, type Outcome, Session, type Statement } from './session.js';

const BEGIN = { text: 'BEGIN' };
const ROLLBACK = { text: 'ROLLBACK' };

/**
 * The scene with the application's login and nothing else, in the database itself. Nobody sees all rows:
 * what became of the victim's is asked with the victim's own eyes, in the same transaction where its
 * binding lets itself be changed inside one. Everything is rolled back.
 */
export class AloneScene implements Scene {
  readonly catalog: Stage['catalog'];
  readonly tenancy: Stage['tenancy'];
  readonly binder: Stage['binder'];
  readonly parties: Stage['parties'];
  readonly ownConnections = true;
  readonly untouched = true;
  readonly throwaway = false;
  readonly administrator = false;
  readonly #used: Session;
  readonly #untouched: Session;
  readonly #pair: readonly [Session, Session];
  #victim: Party;

  constructor(stage: Stage, appUrl: string) {
    this.catalog = stage.catalog;
    this.tenancy = stage.tenancy;
    this.binder = stage.binder;
    this.parties = stage.parties;
    this.#victim = stage.parties[1];
    this.#used = new Session(appUrl);
    this.#untouched = new Session(appUrl);
    this.#pair = [new Session(appUrl), new Session(appUrl)];
  }

  /** Whose eyes tell the truth from now on. */
  against(victim: Party): void {
    this.#victim = victim;
  }

  attempt(actor: Actor, ...statements: readonly Statement[]): Promise<Outcome> {
    return attemptOn(this.#sessionOf(actor), [BEGIN, ...this.#binding(actor)], statements);
  }

  async truth(statement: Statement): Promise<Answer> {
    const outcome = await this.attempt(this.#victim, statement);
    const answer = outcome.ok ? outcome.answers.at(-1) : undefined;
    if (answer) return answer;
    throw new Unprovable('its owner cannot look at it, and there is no administrator');
  }

  async truthAfter(
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | undefined> {
    const session = this.#sessionOf(actor);
    try {
      const acted = await attemptInside(session, [BEGIN, ...this.#binding(actor), ...statements]);
      if (!acted.ok) return undefined;
      await this.#becomeVictim(session);
      return await session.run(truth);
    } finally {
      await session.run(ROLLBACK).catch(() => undefined);
    }
  }

  async truthAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | 'not plantable' | undefined> {
    if (planted.length > 0) return 'not plantable';
    return this.truthAfter(actor, statements, truth);
  }

  async attemptAfterPlanting(): Promise<'not plantable'> {
    return 'not plantable';
  }

  twoSessions(): readonly [Session, Session] {
    return this.#pair;
  }

  async end(): Promise<void> {
    const all = [this.#used, this.#untouched, ...this.#pair];
    await Promise.all(all.map((session) => session.end()));
  }

  async #becomeVictim(session: Session): Promise<void> {
    const bind = this.binder.bind(this.#victim.tenant);
    const reset = { text: `SELECT set_config('${TENANT_SETTING}', '', true)` };
    for (const steps of [[bind], [reset, bind]]) {
      await session.run({ text: 'SAVEPOINT eyes' });
      if ((await attemptInside(session, steps)).ok) return;
      await session.run({ text: 'ROLLBACK TO SAVEPOINT eyes' });
    }
    throw new Unprovable(
      'it may have changed something, and only an administrator could see it: the binding holds for its transaction',
    );
  }

  #sessionOf(actor: Actor): Session {
    return actor === 'nobody' ? this.#untouched : this.#used;
  }

  #binding(actor: Actor): Statement[] {
    return typeof actor === 'string' ? [] : [this.binder.bind(actor.tenant)];
  }
}
