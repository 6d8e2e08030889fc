import { quoteIdentifier } from '../../sql/index.js';
import { attemptInside } from './copy-scene.js';
import type { Stage } from './prepare-stage.js';
import type { Actor, Scene } from './scene.js';
import type { Answer, Outcome, Session, Statement } from './session.js';

const HOLD = 'SAVEPOINT ringfence_attempt';
const BACK = 'ROLLBACK TO SAVEPOINT ringfence_attempt';
const HOLD_ACTOR = { text: 'SAVEPOINT ringfence_actor' };
const BACK_TO_ACTOR = { text: 'ROLLBACK TO SAVEPOINT ringfence_actor' };

/**
 * The scene inside one transaction of an administrator, who takes the application role's place for each
 * attempt. Nothing is ever committed. It cannot show what needs two connections or a new login.
 *
 * Who plays whom is itself held by a savepoint: attempts of one actor in a row cost one statement each
 * for the way back. So the session is the attacker's until {@link InPlaceScene.leave}.
 */
export class InPlaceScene implements Scene {
  readonly catalog: Stage['catalog'];
  readonly tenancy: Stage['tenancy'];
  readonly binder: Stage['binder'];
  readonly parties: Stage['parties'];
  readonly ownConnections = false;
  readonly administrator = true;
  readonly throwaway: boolean;
  readonly focus?: ReadonlySet<string>;
  readonly #admin: Session;
  #held = false;
  #playing: string | undefined;
  #everBound = false;

  /**
   * @param admin inside a transaction that the caller rolls back
   * @param copy in a copy: see {@link Scene.throwaway}, {@link Scene.focus}
   */
  constructor(stage: Stage, admin: Session, copy?: { readonly focus?: ReadonlySet<string> }) {
    this.catalog = stage.catalog;
    this.tenancy = stage.tenancy;
    this.binder = stage.binder;
    this.parties = stage.parties;
    this.#admin = admin;
    this.throwaway = copy !== undefined;
    if (copy?.focus) this.focus = copy.focus;
  }

  /** A connection on which somebody was bound once never looks untouched again. */
  get untouched(): boolean {
    return !this.#everBound;
  }

  async attempt(actor: Actor, ...statements: readonly Statement[]): Promise<Outcome> {
    const opened = await this.#play(actor);
    return opened.ok ? attemptInside(this.#admin, statements) : { ...opened, at: -1 };
  }

  async truthAfter(
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | undefined> {
    const answer = await this.truthAfterPlanting([], actor, statements, truth);
    return answer === 'not plantable' ? undefined : answer;
  }

  async truthAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    statements: readonly Statement[],
    truth: Statement,
  ): Promise<Answer | 'not plantable' | undefined> {
    await this.leave();
    try {
      const plant = await attemptInside(this.#admin, planted);
      if (!plant.ok) return 'not plantable';
      const acted = await attemptInside(this.#admin, [
        { text: this.#become },
        ...this.#binding(actor),
        ...statements,
      ]);
      if (!acted.ok) return undefined;
      await this.#admin.run({ text: 'RESET SESSION AUTHORIZATION' });
      return await this.#admin.run(truth);
    } finally {
      await this.leave();
    }
  }

  async attemptAfterPlanting(
    planted: readonly Statement[],
    actor: Actor,
    ...statements: readonly Statement[]
  ): Promise<Outcome | 'not plantable'> {
    await this.leave();
    try {
      const plant = await attemptInside(this.#admin, planted);
      if (!plant.ok) return 'not plantable';
      const steps = [{ text: this.#become }, ...this.#binding(actor)];
      const opened = await attemptInside(this.#admin, steps);
      return opened.ok ? await attemptInside(this.#admin, statements) : { ...opened, at: -1 };
    } finally {
      await this.leave();
    }
  }

  async truth(statement: Statement): Promise<Answer> {
    await this.leave();
    return this.#admin.run(statement);
  }

  twoSessions(): undefined {
    return undefined;
  }

  /** Gives the session back to the administrator, with everything as it was. */
  async leave(): Promise<void> {
    await this.#admin.run({ text: this.#held ? BACK : HOLD });
    this.#held = true;
    this.#playing = undefined;
  }

  /** Leaves for good: the caller may roll back to a savepoint of an earlier time. */
  async end(): Promise<void> {
    await this.leave();
    await this.#admin.run({ text: 'RELEASE SAVEPOINT ringfence_attempt' });
    this.#held = false;
  }

  async #play(actor: Actor): Promise<Outcome> {
    const name = typeof actor === 'string' ? 'nobody' : actor.name;
    if (this.#playing === name) return attemptInside(this.#admin, [BACK_TO_ACTOR]);
    const opening = { text: `${this.#held ? BACK : HOLD}; ${this.#become}` };
    this.#held = true;
    this.#playing = undefined;
    const outcome = await attemptInside(this.#admin, [
      opening,
      ...this.#binding(actor),
      HOLD_ACTOR,
    ]);
    if (outcome.ok) this.#playing = name;
    return outcome;
  }

  get #become(): string {
    return `SET LOCAL SESSION AUTHORIZATION ${quoteIdentifier(this.catalog.appRole)}`;
  }

  #binding(actor: Actor): Statement[] {
    if (typeof actor === 'string') return [];
    this.#everBound = true;
    return [this.binder.bind(actor.tenant)];
  }
}
