/** What one tenant has been seen to have. */
export interface Knowledge {
  /** Ids in the order in which they were seen, each with the names it stood under. */
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every value, to be compared with the other tenant's. */
  readonly values: ReadonlySet<string>;
  readonly cursors: readonly { readonly path: string; readonly cursor: string }[];
}

/** Gathers {@link Knowledge} from answers. */
export class Notebook implements Knowledge {
  readonly ids = new Map<string, Set<string>>();
  readonly values = new Set<string>();
  readonly cursors: { path: string; cursor: string }[] = [];

  note(path: string, json: unknown, name = ''): void {
    if (Array.isArray(json)) {
      for (const item of json) this.note(path, item, name);
      return;
    }
    if (typeof json === 'object' && json !== null) {
      for (const [member, value] of Object.entries(json)) this.note(path, value, member);
      return;
    }
    if (json === null || typeof json === 'boolean' || json === undefined) return;
    const text = String(json);
    if (/cursor|next|page_?token/i.test(name) && typeof json === 'string' && text.length > 4) {
      this.cursors.push({ path, cursor: text });
      return;
    }
    this.values.add(text);
    if (!isId(name, text)) return;
    const names = this.ids.get(text) ?? new Set();
    this.ids.set(text, names.add(name));
  }
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

function isId(name: string, value: string): boolean {
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(value)) return true;
  return /^(id|_id|uuid|slug|key)$|[a-z_](Id|_id|ID)$/.test(name) && /^[\w.~-]{1,64}$/.test(value);
}
