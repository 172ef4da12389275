// The documents of the repository, and what stands in them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { packageRoot } from '../../loader/native.js';

const ROOT = packageRoot();

/** A fenced block: what stands behind the fence, its text, and where it is (`README.md:12`). */
export interface Block {
  readonly place: string;
  readonly info: string;
  readonly text: string;
}

/** A link: its target as written, the file it means, and the heading in it, if any. */
export interface Link {
  readonly place: string;
  readonly target: string;
  readonly file: string;
  readonly heading: string | null;
}

/** Paths of all documents, from the top folder. */
export function documents(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  return [...top, ...below('docs'), ...below('samples')].sort();
}

function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

/** The fenced blocks of a document. */
export function blocksOf(document: string): Block[] {
  const text = textOf(document);
  return [...text.matchAll(/^```([^\n`]+)\n([^]*?)^```$/gm)].map(({ 1: info = '', 2: body = '', index }) => {
    return { place: `${document}:${lineAt(text, index)}`, info: info.trim(), text: body };
  });
}

/** The command lines in the shell blocks of a document, without comments. */
export function commandLines(document: string): { place: string; line: string }[] {
  return blocksOf(document)
    .filter(({ info }) => info === 'sh')
    .flatMap(({ place, text }) =>
      text.split('\n').map((line) => ({ place, line: line.replace(/(^|\s)#.*$/, '').trim() })),
    )
    .filter(({ line }) => line !== '');
}

/** Links of a document to files of the repository, or headings of its own. */
export function linksOf(document: string): Link[] {
  const text = textOf(document).replace(/^```[^]*?^```$/gm, (block) => block.replace(/[^\n]/g, ' '));
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .filter(([, target = '']) => !/^[a-z]+:/.test(target))
    .map(({ 1: target = '', index }) => {
      const [path = '', heading] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      return { place: `${document}:${lineAt(text, index)}`, target, file, heading: heading ?? null };
    });
}

/** Whether a path from the top folder exists. */
export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}

/** The headings of a document as links name them. */
export function headingsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
