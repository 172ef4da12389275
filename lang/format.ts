// What `fmt` writes: the canonical text with its comments. A comment at the end of a line stays behind what it stood behind;
// one that has its line to itself stays between the same neighbours, at the left margin if it began there. Blank lines are
// kept only beside such comments: they say what a comment belongs to.
import { printDeclaration, printOperation, printTree } from './print.js';
import type { Comment, Tree } from './tree.js';
import { parseSource } from './parser.js';
import { Report } from './report.js';

/** Something that takes a line of its own. `line`: where it stood. */
interface Item {
  readonly text: string;
  readonly line: number;
  readonly kind: 'declaration' | 'body' | 'comment';
}

const BODY_INDENT = '    ';

/** A tree and its comments as text. */
export function printWithComments(tree: Tree): string {
  const items = placeComments(itemsOf(tree), tree.comments);
  const gap = gapAt(items);
  const lines = items.flatMap((item, index) => {
    const blank = index === gap || hasBlankBefore(items, index);
    return blank ? ['', item.text] : [item.text];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * The canonical form of a program text. Null where the text has a mistake of form: then nothing is known about what stands
 * there. Fails rather than lose anything of the program.
 */
export function formatSource(source: string | Uint8Array, file: string): string | null {
  const tree = parseClean(source, file);
  if (tree === null) return null;
  const text = printWithComments(tree);
  const again = parseClean(text, file);
  if (again === null || digest(again) !== digest(tree)) throw new Error(`${file}: formatting would change the program`);
  return text;
}

function parseClean(source: string | Uint8Array, file: string): Tree | null {
  const report = new Report();
  const tree = parseSource(source, file, report);
  return report.errors.length === 0 ? tree : null;
}

/** Everything that a user wrote, but for its places. */
function digest(tree: Tree): string {
  return JSON.stringify([printTree(tree), tree.comments.map(({ text, alone }) => [text, alone])]);
}

function itemsOf({ declarations, instructions, danglingLabels }: Tree): Item[] {
  const head = declarations.map((declaration): Item => {
    const { line } = declaration.span;
    return { text: printDeclaration(declaration), line, kind: 'declaration' };
  });
  const label = ({ name, span: { line } }: { name: string; span: { line: number } }): Item => {
    return { text: `${name}:`, line, kind: 'body' };
  };
  const body = instructions.flatMap(({ operation, labels, span: { line } }): Item[] => {
    const text = operation && BODY_INDENT + printOperation(operation);
    return [...labels.map(label), ...(text === null ? [] : [{ text, line, kind: 'body' as const }])];
  });
  return [...head, ...body, ...danglingLabels.map(label)];
}

function placeComments(items: readonly Item[], comments: readonly Comment[]): Item[] {
  const behind = new Map(comments.filter(({ alone }) => !alone).map(({ line, text }) => [line, text]));
  const lastOfLine = new Map(items.map((item) => [item.line, item]));
  const withTrailing = items.map((item) => {
    const text = lastOfLine.get(item.line) === item ? behind.get(item.line) : undefined;
    return text === undefined ? item : { ...item, text: `${item.text}  ${text}` };
  });
  const bodyFrom = firstBodyLine(items);
  const alone = comments.filter((comment) => comment.alone).map((comment) => commentItem(comment, bodyFrom));
  return merge(withTrailing, alone);
}

/** The line from which comments may be indented: behind the last declaration. */
function firstBodyLine(items: readonly Item[]): number {
  return (items.findLast(({ kind }) => kind === 'declaration')?.line ?? 0) + 1;
}

function commentItem({ text, line, column }: Comment, bodyFrom: number): Item {
  const indent = column > 1 && line >= bodyFrom ? BODY_INDENT : '';
  return { text: indent + text, line, kind: 'comment' };
}

/** Both in the order of their lines; no line has one of each. */
function merge(items: readonly Item[], comments: readonly Item[]): Item[] {
  const merged: Item[] = [];
  let next = 0;
  for (const item of items) {
    for (let comment = comments[next]; comment && comment.line < item.line; comment = comments[next]) {
      merged.push(comment);
      next++;
    }
    merged.push(item);
  }
  return [...merged, ...comments.slice(next)];
}

function hasBlankBefore(items: readonly Item[], index: number): boolean {
  const [before, item] = [items[index - 1], items[index]];
  if (!before || !item || (before.kind !== 'comment' && item.kind !== 'comment')) return false;
  return item.line - before.line > 1;
}

/**
 * Where the blank line between declarations and instructions goes: behind the last declaration, unless there is a blank line
 * among the comments that follow it. -1 for none.
 */
function gapAt(items: readonly Item[]): number {
  const last = items.findLastIndex(({ kind }) => kind === 'declaration');
  const first = items.findIndex(({ kind }) => kind === 'body');
  if (last < 0 || first < 0) return -1;
  for (let index = last + 1; index <= first; index++) if (hasBlankBefore(items, index)) return -1;
  return last + 1;
}
