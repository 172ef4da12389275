// The settings of a node: `node({ tick: us(10), late: 'send' }, () => { ... })`.
import type { ts } from 'ts-morph';
import { unusableName, wrongOperand } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import type { Setting, Word } from '../tree.js';
import { delayOf, macsOf, numberOf, textOf, wordOf } from './arguments.js';
import { holderOf, type Clauses } from './declare.js';
import type { Engine } from './engine.js';
import { Refusal } from './refusal.js';

export interface NodeSettings {
  /** Null: the default, the base name of the file. */
  readonly name: Word | null;
  readonly settings: readonly (Setting & { readonly span: Span })[];
}

/** Reads the settings of a node. Throws `Refusal`. */
export function nodeSettings(engine: Engine, call: ts.CallExpression, clauses: Clauses): NodeSettings {
  const name = nameOf(engine, call, clauses);
  const settings = [
    name && { kind: 'node' as const, name, span: name.span },
    wireOf(clauses),
    durationOf(clauses, 'tick'),
    durationOf(clauses, 'tolerance'),
    lateOf(clauses),
    ingressOf(clauses),
  ];
  return { name, settings: settings.filter((one) => one !== null) };
}

function nameOf(engine: Engine, call: ts.CallExpression, clauses: Clauses): Word | null {
  const given = clauses.read('name', (one) => ({ name: textOf(one), span: one.span }));
  const holder = holderOf(call);
  const name = given ?? (holder ? { name: holder.text, span: engine.spanOf(holder) } : null);
  if (name === null || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name.name)) return name;
  throw new Refusal(unusableName(name.span, name.name));
}

type WithSpan<T> = T & { readonly span: Span };

function wireOf(clauses: Clauses): WithSpan<Setting> | null {
  const format = clauses.read('wire', (one) => wordOf(one, ['v1', 'ncm'] as const));
  const ethertype = clauses.read('ethertype', numberOf);
  if (ethertype === null)
    return format === null ? null : { kind: 'wire', format, ethertype, span: clauses.argument('wire').span };
  if (format === 'ncm')
    throw new Refusal(wrongOperand(ethertype.span, 'no ethertype with `ncm`', 'one', 'its ethertypes are fixed'));
  return { kind: 'wire', format: 'v1', ethertype, span: ethertype.span };
}

function durationOf(clauses: Clauses, kind: 'tick' | 'tolerance'): WithSpan<Setting> | null {
  return clauses.read(kind, (one) => ({ kind, duration: delayOf(one), span: one.span }));
}

function lateOf(clauses: Clauses): WithSpan<Setting> | null {
  return clauses.read('late', (one) => ({
    kind: 'late',
    policy: wordOf(one, ['drop', 'send'] as const),
    span: one.span,
  }));
}

function ingressOf(clauses: Clauses): WithSpan<Setting> | null {
  const allow = clauses.read('allow', (one) => ({ macs: macsOf(one), span: one.span }));
  const mode = clauses.read('ingress', (one) => wordOf(one, ['open', 'strict'] as const));
  if (allow !== null && mode !== 'strict') {
    throw new Refusal(
      wrongOperand(allow.span, "`allow` with `ingress: 'strict'`", 'it alone', 'without it every frame passes'),
    );
  }
  if (mode === null) return null;
  const macs = allow !== null && allow.macs.length > 0 ? allow.macs : null;
  return { kind: 'ingress', mode, allow: macs, span: clauses.argument('ingress').span };
}
