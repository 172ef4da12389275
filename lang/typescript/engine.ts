// What the parts of the compiler share while they go through a module: where they are, what comes out, and one another.
import type { ts } from 'ts-morph';
import { outOfPlace, tooMuchToUnroll } from '../mistakes/typescript.js';
import type { Span } from '../program.js';
import type { Report } from '../report.js';
import type { Argument, Call } from './call.js';
import type { Emitter, Label } from './emitter.js';
import { Abort, Refusal } from './refusal.js';
import type { Closure, Thing, Value, Scope } from './values.js';

/** A loop, or an iteration of one that is unrolled: where `break` and `continue` lead. */
export interface Loop {
  /** Its label in TypeScript. */
  readonly name: string | null;
  readonly exit: Label;
  readonly again: Label;
}

/** A call that is inlined, or a body or block (`values` is null): where `return` leads, and what has been returned. */
export interface Returns {
  readonly end: Label;
  readonly values: Value[] | null;
  /** The `depth` outside. */
  readonly depth: number;
}

/** Where the compiler is. */
export interface At {
  readonly scope: Scope;
  /** The functions whose calls it is inside of. */
  readonly chain: readonly object[];
  /** How many branches and loops of run time it is inside of. */
  readonly depth: number;
  readonly loops: readonly Loop[];
  readonly returns: Returns | null;
}

/** Where a statement has left to, through `break`, `continue` or `return`, whatever the run: what follows it is not reached. */
export type Completion = Label | null;

/** Whether a conditional jump is taken: always and never are known at compile time, and then there is no jump. */
export type Outcome = 'always' | 'never' | 'maybe';

/** What comes out of a node's body. */
export interface NodeOutput {
  readonly emitter: Emitter;
  /** Things that the node declares, or refers to. */
  readonly use: (thing: Thing) => void;
  /** The place of a block in the program. `from`: what leads there; `soon`: right behind what is being compiled, if it has no place yet. */
  readonly blockLabel: (block: Closure, from: Span, soon?: boolean) => Label;
}

/** The parts of the compiler as they call one another. */
export interface Parts {
  readonly evaluate: (engine: Engine, expression: ts.Expression, at: At) => Value;
  readonly call: (engine: Engine, closure: Closure, call: { args: readonly Argument[]; span: Span }, at: At) => Value;
  readonly execute: (engine: Engine, statements: readonly ts.Statement[], at: At) => Completion;
}

const MOST_STEPS = 150_000;

export class Engine {
  /** How often something was refused: then what comes out is not the whole. */
  failures = 0;
  #steps = 0;

  constructor(
    readonly parts: Parts,
    readonly report: Report,
    readonly spanOf: (node: ts.Node) => Span,
    /** Takes what is declared. */
    readonly declare: (thing: Thing) => void,
    /** Null outside of a node. */
    readonly output: NodeOutput | null,
    /** Takes the call that describes a node. Throws `Refusal` where none may stand. */
    readonly describe: (call: Call, at: At) => Value,
  ) {}

  evaluate(expression: ts.Expression, at: At): Value {
    this.step(expression);
    return this.parts.evaluate(this, expression, at);
  }

  /** Counts what the compiler does. Throws `Abort` where that is more than any program within the limits takes. */
  step(node: ts.Node): void {
    this.#steps++;
    if (this.#steps > MOST_STEPS) throw new Abort(tooMuchToUnroll(this.spanOf(node), 'the program unrolls too far'));
  }

  /** Puts a label here, to which nothing leads from behind. Outside of a node nothing leads anywhere. */
  place(label: Label): void {
    this.output?.emitter.place(label);
  }

  /** Leads control to a label from here. */
  goTo(label: Label, span: Span): void {
    this.output?.emitter.goTo(label, span);
  }

  /** Reports a mistake, unless it is the consequence of another. Throws on what is none, and at a limit. */
  refuse(error: unknown): void {
    if (!(error instanceof Refusal) || error instanceof Abort) throw error;
    this.failures++;
    if (error.diagnostic !== null) this.report.add(error.diagnostic);
  }

  /** Where instructions go. Throws `Refusal` outside of a node. */
  outputFor(span: Span): NodeOutput {
    if (this.output !== null) return this.output;
    throw new Refusal(
      outOfPlace(
        span,
        'an instruction or guard',
        'instructions stand in the body of a node, or in functions called from it',
      ),
    );
  }
}
