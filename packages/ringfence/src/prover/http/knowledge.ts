/** What one tenant has been seen to have. */
export interface Knowledge {
  /** Ids in the order in which they were seen, each with the names it stood under. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every value, to be compared with the other tenant's. */
  readonly values: ReadonlySet<string>;
  readonly cursors: readonly { readonly path: string; readonly cursor: string }[];
}

const LONGEST_TEXT = 4000;

/** Gathers {@link Knowledge} from answers. */
export class Notebook implements Knowledge {
  readonly ids = new Map<string, Set<string>>();
  readonly values = new Set<string>();
  readonly cursors: { path: string; cursor: string }[] = [];
  readonly #places: ReadonlySet<string>;

  /** @param places names of path parameters: a member of such a name is an id, whatever it looks like */
  constructor(places: Iterable<string> = []) {
    this.#places = new Set([...places].map(plainName));
  }

  note(path: string, json: unknown, name = '', owner = lastWord(path)): void {
    if (Array.isArray(json)) {
      for (const item of json) this.note(path, item, name, owner);
      return;
    }
    if (typeof json === 'object' && json !== null) {
      const inside = name === '' || ENVELOPE.test(name) ? owner : name;
      for (const [member, value] of Object.entries(json)) this.note(path, value, member, inside);
      return;
    }
    if (json === null || typeof json === 'boolean' || json === undefined) return;
    const text = String(json);
    if (/cursor|next|page_?token/i.test(name) && typeof json === 'string' && text.length > 4) {
      this.cursors.push({ path, cursor: text });
      return;
    }
    this.values.add(text);
    if (!this.#isId(name, text)) return;
    const names = this.ids.get(text) ?? new Set();
    // The id of a project is a projectId elsewhere.
    this.ids.set(text, names.add(plainName(name)).add(plainName(`${singular(owner)}Id`)));
  }

  /** An answer that is no JSON: its lines are values of the tenant. */
  noteText(text: string): void {
    for (const line of text.slice(0, LONGEST_TEXT).split('\n')) {
      if (line.trim() !== '') this.values.add(line.trim());
    }
  }

  #isId(name: string, value: string): boolean {
    if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(value)) return true;
    const named =
      /^(id|_id|uuid|slug|key)$|[a-z_](Ids?|_ids?|IDs?)$/.test(name) ||
      this.#places.has(plainName(name));
    return named && /^[\w.~-]{1,64}$/.test(value);
  }
}

/** Members that only wrap what a route is about. */
const ENVELOPE = /^(items|data|results?|records|rows|content|list|value|page)$/i;

/** `project_ids` and `projectId` name the same thing. */
export function plainName(name: string): string {
  return name
    .replace(/[-_\s]/g, '')
    .toLowerCase()
    .replace(/ids$/, 'id');
}

function singular(word: string): string {
  return word
    .replace(/ies$/, 'y')
    .replace(/(ss|us)$/, '$1$1')
    .replace(/s$/, '');
}

/** The last word of a path that is no parameter: what its answers are about. */
export function lastWord(path: string): string {
  return (
    path
      .split('/')
      .filter((part) => part !== '' && !part.startsWith('{'))
      .at(-1) ?? ''
  );
}

/** The plain name of the id that a parameter called `id` behind `/projects/` takes: `projectid`. */
export function nameOfPlace(path: string, place: string): string {
  const plain = plainName(place);
  if (!/^(id|uuid|key|slug|name|number|code)$/.test(plain)) return plain;
  return plainName(`${singular(lastWord(path.split(`{${place}}`)[0] ?? ''))}Id`);
}

const SHORTEST_SECRET = 6;

/** Values of one tenant that the other one was never shown: whoever has one learnt it. */
export function secretsAgainst(own: Knowledge, other: Knowledge): string[] {
  return [...own.values].filter(
    (value) =>
      value.length >= SHORTEST_SECRET &&
      !other.values.has(value) &&
      !/^\d{4}-\d\d-\d\dT/.test(value) &&
      // Words of the interface rather than of the tenant.
      (/\d/.test(value) || value.includes(' ') || value.length > 12),
  );
}
