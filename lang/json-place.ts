// Where in a JSON text something stands: JSON.parse says neither where a value was nor, in Node 20, where a mistake is.
import jsonc, { type Node } from 'jsonc-parser';
import type { Span } from './program.js';
import { SourceLine } from './source.js';

/** Names of members and indexes of elements, from the whole value inwards. */
export type JsonPath = readonly (string | number)[];

/** The parser calls itself for each level. JSON.parse does not. */
const DEEPEST = 500;

function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"') inString = !inString;
    else if (inString) at += character === '\\' ? 1 : 0;
    else if ('[{'.includes(character)) deepest = Math.max(deepest, ++depth);
    else if (']}'.includes(character)) depth--;
  }
  return deepest;
}

/** Ends the parser, which would go on to the end of any text. */
class Mistake extends Error {
  constructor(
    readonly offset: number,
    readonly length: number,
  ) {
    super('this is not JSON');
  }
}

/** Null where the text is nested too deeply to tell. */
function firstMistake(text: string): Mistake | null {
  if (depthOf(text) > DEEPEST) return null;
  const onError = (_: number, offset: number, length: number): never => {
    throw new Mistake(offset, length);
  };
  try {
    jsonc.visit(text, { onError }, { disallowComments: true });
    return null;
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
}

/** Of two members of one name the last counts, as for JSON.parse. */
function childAt({ type, children = [] }: Node, step: string | number): Node | undefined {
  if (type === 'array') return children[Number(step)];
  return children.findLast(({ children: [name] = [] }) => name?.value === step)?.children?.[1];
}

/** The node at a path, or the innermost around it that is there. */
function nodeAt(root: Node, path: JsonPath): Node {
  let node = root;
  for (const step of path) {
    const child = childAt(node, step);
    if (child === undefined) return node;
    node = child;
  }
  return node;
}

/** A stretch of the text, cut at the end of its first line. */
function spanAt(text: string, file: string, offset: number, length: number): Span {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const end = text.indexOf('\n', offset);
  const line = new SourceLine(file, before.split('\n').length, text.slice(start, end < 0 ? text.length : end));
  const from = offset - start;
  return line.span(from, Math.max(from + 1, Math.min(from + length, line.text.length)));
}

/**
 * Where the value at a path stands; where there is none, what is around it. Of an object or an array only the bracket that opens it.
 * `text` is JSON.
 */
export function placeInJson(text: string, file: string, path: JsonPath): Span {
  const root = depthOf(text) > DEEPEST ? undefined : jsonc.parseTree(text);
  if (root === undefined) return spanAt(text, file, 0, 1);
  const { type, offset, length } = nodeAt(root, path);
  return spanAt(text, file, offset, type === 'object' || type === 'array' ? 1 : length);
}

/** Where a text that JSON.parse refuses stops to be JSON. */
export function mistakeInJson(text: string, file: string): Span {
  const { offset, length } = firstMistake(text) ?? { offset: 0, length: 1 };
  // What is missing at the end is missing behind the last word, not on an empty line below it.
  return spanAt(text, file, Math.min(offset, text.trimEnd().length), length);
}
