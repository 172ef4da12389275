// How messages call the kinds of things.
import type { Literal, NamedKind } from '../tree.js';

/** Without an article. */
export const KIND: Readonly<Record<NamedKind | 'label', string>> = {
  channel: 'channel',
  var: 'variable',
  queue: 'queue',
  message: 'message',
  counter: 'counter',
  const: 'constant',
  label: 'label',
};

/** With an article. */
export function aKind(kind: NamedKind | 'label'): string {
  return `a ${KIND[kind]}`;
}

const LITERAL: Readonly<Record<Literal['kind'], string>> = {
  integer: 'a number',
  fraction: 'a number',
  duration: 'a duration',
  text: 'a byte string',
  hex: 'a byte string',
};

export function aLiteral(kind: Literal['kind']): string {
  return LITERAL[kind];
}
