// What `ncbpf/program` and the global scope hold, as values.
import type { Span } from '../program.js';
import { INTEGER_TYPES, UNITS } from '../vocabulary.js';
import { MATH_NAMES } from './call-builtin.js';
import { DECLARATION_NAMES } from './declare.js';
import { GUARD_NAMES } from './guards.js';
import { INSTRUCTION_NAMES } from './instructions.js';
import type { Value } from './values.js';
import { NOTHING, Scope } from './values.js';

const NOWHERE: Span = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1 };

const builtin = (name: string): Value => ({ kind: 'builtin', name, self: null });

const FUNCTIONS: readonly string[] = [
  ...['node', 'bytes', 'hex', 'ticks'],
  ...Object.keys(UNITS),
  ...DECLARATION_NAMES,
  ...GUARD_NAMES,
  ...INSTRUCTION_NAMES,
];

/** What the module exports. Where a type is used gives it its place. */
export const PROGRAM_EXPORTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ...FUNCTIONS.map((name): [string, Value] => [name, builtin(name)]),
  ...[...INTEGER_TYPES].map(([name, { signed, bits }]): [string, Value] => {
    return [name, { kind: 'type', type: { kind: 'integer', signed, bits, span: NOWHERE } }];
  }),
]);

/** The scope around every module. */
export function globalScope(): Scope {
  const scope = new Scope(null);
  scope.set('undefined', NOTHING);
  const math = MATH_NAMES.map((name): [string, Value] => [name, builtin(`Math.${name}`)]);
  scope.set('Math', { kind: 'record', fields: new Map(math) });
  return scope;
}
