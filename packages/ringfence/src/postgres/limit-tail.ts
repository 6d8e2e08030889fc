/** How the values of a query tell its limit and offset, where they are its last parameters. */
const TAIL = /(?: LIMIT \$(\d{1,5}))? OFFSET \$(\d{1,5})$/;
const PARAMETER = /\$(\d+)/g;
/** Further limits of one text go as parameters, so that a client's page sizes do not fill the server. */
const MAX_LIMITS = 8;
const MAX_LIMIT = 10_000;

/** A statement with its limit written out. */
export interface FixedLimit {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * The end `LIMIT $n OFFSET $m` of a query, as Prisma writes it. With parameters there PostgreSQL cannot
 * tell how many rows are wanted: it finds every general plan dearer than one for the given values, and
 * plans a prepared statement anew each time it runs. With `LIMIT 50 OFFSET 0` written out the plan is
 * kept. Only small whole numbers are ever written into the text.
 *
 * @see PostgreSQL manual, PREPARE, "Notes" (generic and custom plans)
 * @example
 * limitTail('SELECT … WHERE "id" = $1 LIMIT $2 OFFSET $3')?.fix(['x', 1, 0]);
 * // { text: 'SELECT … WHERE "id" = $1 LIMIT 1 OFFSET 0', values: ['x'] }
 */
export class LimitTail {
  readonly #head: string;
  readonly #limited: boolean;
  readonly #parameters: number;
  readonly #texts = new Map<number, string>();

  constructor(head: string, limited: boolean, parameters: number) {
    this.#head = head;
    this.#limited = limited;
    this.#parameters = parameters;
  }

  /** The statement with its limit written out; `undefined` where it has to stay as it is. */
  fix(values: readonly unknown[] | undefined): FixedLimit | undefined {
    const offsetAt = this.#parameters - 1;
    // Pages further on are rarer than the first, and there is no end to their offsets.
    if (values?.length !== this.#parameters || wholeNumber(values[offsetAt]) !== 0)
      return undefined;
    const limit = this.#limited ? wholeNumber(values[offsetAt - 1]) : -1;
    const text = limit === undefined ? undefined : this.#textFor(limit);
    return text === undefined
      ? undefined
      : { text, values: values.slice(0, this.#limited ? -2 : -1) };
  }

  #textFor(limit: number): string | undefined {
    const known = this.#texts.get(limit);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_LIMITS) return undefined;
    const text = `${this.#head}${this.#limited ? ` LIMIT ${limit}` : ''} OFFSET 0`;
    this.#texts.set(limit, text);
    return text;
  }
}

/** Reads the tail of a text; `undefined` where it ends in another way. */
export function limitTail(text: string): LimitTail | undefined {
  const tail = TAIL.exec(text);
  if (!tail) return undefined;
  const [, limit, offset] = tail;
  const head = text.slice(0, tail.index);
  const parameters = Number(offset);
  const own = limit === undefined ? 1 : 2;
  if (limit !== undefined && Number(limit) !== parameters - 1) return undefined;
  // The values before the tail keep their numbers; the tail's own must stand nowhere else.
  for (const [, number] of head.matchAll(PARAMETER)) {
    if (Number(number) > parameters - own) return undefined;
  }
  return new LimitTail(head, limit !== undefined, parameters);
}

/** As Prisma (a text), `pg` or Drizzle (a number) give it. */
function wholeNumber(value: unknown): number | undefined {
  const text = typeof value === 'string' || typeof value === 'bigint' ? String(value) : '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : value;
  const small = Number.isInteger(number) && (number as number) >= 0;
  return small && (number as number) <= MAX_LIMIT ? (number as number) : undefined;
}
