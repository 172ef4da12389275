// Mistakes in TypeScript modules.
import type { Diagnostic } from '../diagnostic.js';
import { diagnostic, quote } from '../diagnostic.js';
import type { Span } from '../program.js';

const LONGEST_MESSAGE = 400;

/** What the TypeScript compiler says, with its number. */
export function typescriptMistake(span: Span, message: string, number: number): Diagnostic {
  const characters = Array.from(message.slice(0, 4 * LONGEST_MESSAGE));
  const text = characters.length > LONGEST_MESSAGE ? `${characters.slice(0, LONGEST_MESSAGE).join('')}...` : message;
  return diagnostic('NC9001', span, `${text} (TS${number})`);
}

/** A global name that TypeScript knows elsewhere. */
export function unknownGlobal(span: Span, name: string): Diagnostic {
  const hint = 'a module is compiled, not run: it uses what it declares, what it imports, and `Math`';
  return diagnostic('NC9001', span, `${quote(name)} is not known here`, hint);
}

/** `what` with an article: "a class". */
export function cannotBeCompiled(span: Span, what: string, hint: string): Diagnostic {
  return diagnostic('NC9002', span, `${what} cannot be compiled`, hint);
}

/** A statement that names a function. */
export function notCalled(span: Span): Diagnostic {
  return cannotBeCompiled(span, 'a function that is named but not called', 'call it: write its name with `()`');
}

/** `what` with an article: "a `let`". */
export function notConstant(span: Span, what: string, hint: string): Diagnostic {
  return diagnostic('NC9003', span, `${what} is not a constant`, hint);
}

export function recursion(span: Span, name: string, declaration: Span): Diagnostic {
  const related = [{ message: 'the function', span: declaration }];
  const hint =
    'a call is replaced by the body of the function, which would never end: loop with `while`, or `goto` a block';
  return diagnostic('NC9004', span, `${name} calls itself`, hint, related);
}

export function tooMuchToUnroll(span: Span, what: string): Diagnostic {
  const hint = 'loops over constants are unrolled and calls are inlined: count in a `while` with a counter instead';
  return diagnostic('NC9005', span, what, hint);
}

export function cannotImport(span: Span, specifier: string, why: string, hint: string): Diagnostic {
  return diagnostic('NC9006', span, `${quote(specifier)} cannot be imported: ${why}`, hint);
}

export function importCycle(span: Span, cycle: readonly string[]): Diagnostic {
  const hint = 'move what both need to a third module';
  return diagnostic('NC9007', span, `this import leads back to its own module: ${cycle.join(' -> ')}`, hint);
}

export function withoutNode(span: Span): Diagnostic {
  const hint = "describe one with `export const tx = node(() => { ... })`, imported from 'ncbpf/program'";
  return diagnostic('NC9008', span, 'the module describes no node', hint);
}

export function duplicateNode(span: Span, name: string, first: Span): Diagnostic {
  const related = [{ message: 'the first one', span: first }];
  return diagnostic(
    'NC9009',
    span,
    `the node ${quote(name)} is described twice`,
    'give one of them another `name`',
    related,
  );
}

/** `name`: null where there is none. */
export function unusableName(span: Span, name: string | null): Diagnostic {
  const hint = "assign it to a constant of its own, `const bus = channel()`, or say `name: 'bus'`";
  if (name === null) return diagnostic('NC9010', span, 'what is declared here has no name', hint);
  const form = 'names are made of A to Z, a to z, 0 to 9 and `_`, and do not begin with a digit';
  return diagnostic('NC9010', span, `${quote(name)} cannot be a name`, form);
}

/** `what` with an article: "a channel". */
export function outOfPlace(span: Span, what: string, where: string): Diagnostic {
  return diagnostic('NC9011', span, `${what} has no place here`, where);
}

/** `wanted` and `found` with an article: "a channel". */
export function wrongOperand(span: Span, wanted: string, found: string, hint?: string): Diagnostic {
  return diagnostic('NC9012', span, `expected ${wanted}, found ${found}`, hint);
}

/** `what` with an article: "the body of the node". */
export function endReached(span: Span, what: string): Diagnostic {
  const hint = 'end it with `halt()`, `endOfProgram()`, `goto(block)`, `wait(delay, block)`, or loop for ever';
  return diagnostic('NC9013', span, `control reaches the end of ${what}`, hint);
}

export function guardKept(span: Span): Diagnostic {
  const hint = 'ask it in the condition of `if`, `while`, `do` or `for`, or in a function that returns it';
  return diagnostic('NC9014', span, 'a guard is asked where it stands, its answer cannot be kept', hint);
}

export function dependsOnRun(span: Span): Diagnostic {
  const hint = 'return one value on every path that is left when constant conditions are decided';
  return diagnostic('NC9015', span, 'which value is returned depends on the run of the program', hint);
}

export function nestedTooDeeply(span: Span): Diagnostic {
  return diagnostic('NC9016', span, 'this is nested too deeply to be read', 'give parts of it names of their own');
}

export function tooManyModules(span: Span, limit: number): Diagnostic {
  return diagnostic(
    'NC9017',
    span,
    `a program has at most ${limit} modules, this is one more`,
    'put some of them together',
  );
}

export function inexactNumber(span: Span, text: string): Diagnostic {
  const hint = 'numbers are exact up to 2^53: write a bigint, with an `n` behind it, or a smaller one';
  return diagnostic('NC9018', span, `${quote(text)} is not exact`, hint);
}
