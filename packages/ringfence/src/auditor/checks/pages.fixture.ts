import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../../../docs/checks');

/** One page of docs/checks, taken apart. */
export interface Page {
  readonly id: string;
  readonly text: string;
  readonly bad: string | undefined;
  readonly fix: string | undefined;
  /** Checks that the page says are found beside its own. */
  readonly also: readonly string[];
  /** The oldest major version that knows the SQL. */
  readonly needs: number;
}

export function readPages(): Page[] {
  return readdirSync(FOLDER)
    .filter((file) => file !== 'README.md')
    .map((file) => {
      const text = readFileSync(path.join(FOLDER, file), 'utf8');
      const also = /^Also found there: (.*)$/m.exec(text)?.[1] ?? '';
      return {
        id: file.replace(/\.md$/, ''),
        text,
        bad: sqlUnder('Bad', text),
        fix: sqlUnder('Fix', text),
        also: [...also.matchAll(/\[([a-z-]+)\]/g)].map(([, id]) => id ?? ''),
        needs: Number(/^Needs PostgreSQL (\d+)/m.exec(text)?.[1] ?? 15),
      };
    });
}

/** The schema that all pages stand on. */
export function readShop(): string {
  return (
    /```sql\n([\s\S]*?)```/.exec(readFileSync(path.join(FOLDER, 'README.md'), 'utf8'))?.[1] ?? ''
  );
}

function sqlUnder(heading: string, text: string): string | undefined {
  return new RegExp(`## ${heading}\n\n\`\`\`sql\n([\\s\\S]*?)\`\`\``).exec(text)?.[1];
}
