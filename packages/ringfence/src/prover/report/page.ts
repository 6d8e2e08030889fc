const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:90rem;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left}
.scroll{overflow-x:auto}thead th{writing-mode:vertical-rl;font-weight:500}
.leaked{background:#b3261e;color:#fff}.proven{background:#dcefdc}.accepted{background:#ffe9b0}.not{background:#e8e8e8}
code{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .5rem}`;

/** What a page says of one cell; the word is its class as well. */
export type Mark = 'proven' | 'leaked' | 'accepted' | 'not provable' | '';

/** One page that needs nothing else: no script, no font, no address. */
export function page(
  title: string,
  summary: string,
  facts: readonly (readonly [string, string])[],
  content: string,
): string {
  const list = facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(title)}</h1>
<p><strong>${escaped(summary)}</strong></p>
<dl>${list}</dl>
${content}
</body></html>
`;
}

/** Rows and columns with a word in each cell; empty where nothing was tried. */
export function matrixTable(
  rows: readonly string[],
  columns: readonly string[],
  markOf: (row: string, column: string) => Mark,
): string {
  const lines = rows.map((row) => {
    const cells = columns.map((column) => {
      const mark = markOf(row, column);
      return `<td class="${mark}">${mark}</td>`;
    });
    return `<tr><th scope="row">${escaped(row)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table>
<thead><tr><td></td>${columns.map((name) => `<th scope="col">${escaped(name)}</th>`).join('')}</tr></thead>
<tbody>${lines.join('\n')}</tbody></table></div>`;
}

/** A plain table; each cell is HTML already. */
export function detailTable(rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p>None.</p>';
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return `<table>${[...new Set(lines)].join('\n')}</table>`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
