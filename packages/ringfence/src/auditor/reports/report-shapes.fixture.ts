import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const PACKAGE = path.resolve(import.meta.dirname, '../../..');

/** What of a document is not as its schema says; empty when it is valid. */
export type Complaints = (document: unknown) => string[];

function validator(file: string, formats: Readonly<Record<string, RegExp>> = {}): Complaints {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  for (const [name, format] of Object.entries(formats)) ajv.addFormat(name, format);
  const validate = ajv.compile(JSON.parse(readFileSync(path.join(PACKAGE, file), 'utf8')));
  return (document) => {
    validate(document);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

export const sarifComplaints = validator('test/schemas/sarif-2.1.0.schema.json');
export const reportComplaints = validator('schemas/audit-report.schema.json');

/** An element of an XML document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

const NAME = String.raw`[A-Za-z_:][\w:.-]*`;
const TEXT = String.raw`(?:[^<&]|&(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)`;
const TOKEN = new RegExp(
  String.raw`<(${NAME})((?:\s+${NAME}="${TEXT.replace('[^<&]', '[^<&"]')}*")*)\s*(/?)>|</(${NAME})\s*>|(${TEXT}+)`,
  'y',
);
/** Characters that XML 1.0 does not know. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])/;

/**
 * Reads the part of XML 1.0 that needs no document type, and forgives nothing.
 *
 * @throws Error where the document is not well-formed.
 */
export function parseXml(document: string): XmlElement {
  const [declaration = ''] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(document) ?? [];
  if (declaration === '') throw new Error('no XML declaration');
  const forbidden = FORBIDDEN.exec(document);
  if (forbidden) throw new Error(`a character that XML forbids, at ${forbidden.index}`);
  const root: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  TOKEN.lastIndex = declaration.length;
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(document);
    const current = open.at(-1);
    if (!found || !current) throw new Error(`not well-formed at ${at}`);
    const [, start, attributes = '', empty, end, text] = found;
    if (start !== undefined) {
      const child = { name: start, attributes: attributesIn(attributes), children: [], text: '' };
      current.children.push(child);
      if (empty === '') open.push(child);
    } else if (end !== undefined) {
      if (open.length === 1 || open.pop()?.name !== end)
        throw new Error(`stray </${end}> at ${at}`);
    } else current.text += unescaped(text ?? '');
  }
  if (open.length > 1 || root.children.length !== 1) throw new Error('not one closed root');
  if (root.text.trim() !== '') throw new Error('text outside of the root');
  return root.children[0] ?? root;
}

function attributesIn(text: string): Record<string, string> {
  const found = [...text.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))];
  const names = found.map(([, name]) => name ?? '');
  if (new Set(names).size < names.length) throw new Error(`an attribute twice in ${text}`);
  return Object.fromEntries(found.map(([, name, value]) => [name ?? '', unescaped(value ?? '')]));
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = {
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
  };
  return text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (_, hex, decimal, name) =>
    name === undefined
      ? String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
      : (named[name] ?? ''),
  );
}
