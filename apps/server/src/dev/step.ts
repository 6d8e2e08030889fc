/** Tells what a step does, in one line each. */
export type Report = (line: string) => void;

/**
 * Runs one step of the start and shows it as one line: what, a dot every two seconds, how long.
 *
 * @example
 * const database = await step('starting PostgreSQL', (report) => startDatabase(settings, report));
 */
export async function step<T>(title: string, work: (report: Report) => Promise<T>): Promise<T> {
  const out = process.stdout;
  const begun = Date.now();
  let lines = 0;
  out.write(`  ${title} `);
  const dots = setInterval(() => out.write('.'), 2000);
  try {
    const result = await work((line) => {
      lines += 1;
      out.write(`\n    ${line}`);
    });
    const seconds = ((Date.now() - begun) / 1000).toFixed(1);
    out.write(lines > 0 ? `\n    done in ${seconds} s\n` : ` ${seconds} s\n`);
    return result;
  } catch (error) {
    out.write(' failed\n');
    throw error;
  } finally {
    clearInterval(dots);
  }
}
