import { quoteIdentifier } from '../../sql/index.js';
import { attemptInside } from './copy-scene.js';
import type { Stage } from './prepare-stage.js';
import type { Actor, Scene } from './scene.js';
import type { Answer, Outcome, Session, Statement } from './session.js';

const HOLD = { text: 'SAVEPOINT ringfence_attempt' };
const BACK = { text: 'ROLLBACK TO SAVEPOINT ringfence_attempt' };

/**
 * The scene inside one transaction of an administrator, who takes the application role's place for each
 * attempt. Nothing is ever committed. It cannot show what needs two connections or a new login.
 */
export class InPlaceScene implements Scene {
  readonly catalog: Stage['catalog'];
  readonly tenancy: Stage['tenancy'];
  readonly binder: Stage['binder'];
  readonly parties: Stage['parties'];
  readonly ownConnections = false;
  readonly #admin: Session;

  /** @param admin inside a transaction that the caller rolls back */
  constructor(stage: Stage, admin: Session) {
    this.catalog = stage.catalog;
    this.tenancy = stage.tenancy;
    this.binder = stage.binder;
    this.parties = stage.parties;
    this.#admin = admin;
  }

  async attempt(actor: Actor, ...statements: readonly Statement[]): Promise<Outcome> {
    await this.#admin.run(HOLD);
    try {
      const opened = await attemptInside(this.#admin, this.#becoming(actor));
      return opened.ok ? await attemptInside(this.#admin, statements) : { ...opened, at: -1 };
    } finally {
      await this.#admin.run(BACK);
    }
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
    await this.#admin.run(HOLD);
    try {
      const plant = await attemptInside(this.#admin, planted);
      if (!plant.ok) return 'not plantable';
      const acted = await attemptInside(this.#admin, [...this.#becoming(actor), ...statements]);
      if (!acted.ok) return undefined;
      await this.#admin.run({ text: 'RESET SESSION AUTHORIZATION' });
      return await this.#admin.run(truth);
    } finally {
      await this.#admin.run(BACK);
    }
  }

  truth(statement: Statement): Promise<Answer> {
    return this.#admin.run(statement);
  }

  twoSessions(): undefined {
    return undefined;
  }

  #becoming(actor: Actor): Statement[] {
    const role = quoteIdentifier(this.catalog.appRole);
    const become = { text: `SET LOCAL SESSION AUTHORIZATION ${role}` };
    return typeof actor === 'string' ? [become] : [become, this.binder.bind(actor.tenant)];
  }
}
