import { RingfenceError } from '../../errors/index.js';

type Parser = typeof import('libpg-query');

/**
 * Loads PostgreSQL's own parser, compiled to WebAssembly: an optional package, because only who writes
 * or rolls out migrations needs it.
 *
 * @throws RingfenceError `MIGRATION_PARSER_MISSING` when it is not installed.
 */
export async function loadParser(): Promise<Parser> {
  let parser: Parser;
  try {
    parser = await import('libpg-query');
  } catch (cause) {
    throw new RingfenceError('MIGRATION_PARSER_MISSING', { cause });
  }
  await parser.loadModule();
  return parser;
}
