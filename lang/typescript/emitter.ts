// The instructions of one node as they come out of its control flow, and the labels between them.
import { tooManyInstructions } from '../mistakes/limits.js';
import type { Span } from '../program.js';
import { LIMITS } from '../program.js';
import type { GuardNode, InstructionNode, LabelNode, Operand, OperationNode, Word } from '../tree.js';
import { C_KEYWORDS } from '../vocabulary.js';
import { Abort } from './refusal.js';

/** A place in the program. */
export interface Label {
  /** What the user calls it; null where the compiler made it. */
  readonly name: string | null;
  readonly span: Span;
  /** How many instructions lead to it. */
  jumps: number;
  /** Whether one of them does that control comes to. */
  reached: boolean;
  /** What is found at its place is a jump to this one: whatever leads to it leads there. */
  alias: Label | null;
  /** Whether another one has this as its alias: something may lead to that one later. */
  isAlias: boolean;
}

/** A label that is not in the program yet. `name`: what the user calls it. */
export function newLabel(span: Span, name: string | null = null): Label {
  return { name, span, jumps: 0, reached: false, alias: null, isAlias: false };
}

interface Emitted {
  operation: OperationNode;
  readonly span: Span;
  readonly labels: Label[];
  /** Where it leads to, besides the next instruction. */
  jump: Label | null;
  /** The compiler made it to lead around something: it goes when nothing is left between. */
  readonly around: boolean;
  /** A `wait` that leads on because of a jump behind it. */
  merged: boolean;
}

export class Emitter {
  /** False where control cannot come. */
  reachable = true;
  readonly #file: string;
  readonly #list: Emitted[] = [];
  #site: Span | null = null;
  #waiting: Label[] = [];
  /** Where labels wait: whether control comes here from the instruction before them. */
  #fallsThrough = true;

  /**
   * `file`: the module that describes the node. An instruction has one place in it, that of the call where it comes out of
   * another module: what runs is shown with the lines of one file.
   */
  constructor(file: string) {
    this.#file = file;
  }

  /** The place of something in the module of the node: itself, or where that module led to it. */
  siteOf(span: Span): Span {
    return span.file === this.#file ? span : (this.#site ?? span);
  }

  /** Compiles what a call or block consists of, which `span` leads to. */
  within<T>(span: Span, compile: () => T): T {
    const outer = this.#site;
    this.#site = this.siteOf(span);
    try {
      return compile();
    } finally {
      this.#site = outer;
    }
  }

  get length(): number {
    return this.#list.length;
  }

  /** Adds an instruction. Where it has a label, that is `jump`. Throws `Abort` beyond the limit. */
  emit(operation: OperationNode, span: Span, jump: Label | null = null): void {
    this.#add(operation, span, jump, false);
    if (endsFlow(operation)) this.reachable = false;
  }

  /** Leads control to `target` from here, if it comes here; a `wait` before it does that itself. */
  goTo(target: Label, span: Span): void {
    this.#passOn(target);
    if (!this.reachable) return;
    const last = this.#waiting.length > 0 ? undefined : this.#list.at(-1);
    if (last?.operation.op === 'wait' && last.jump === null) this.#merge(last, target);
    else this.#add({ op: 'goto', label: wordOf(span) }, span, target, true);
    this.reachable = false;
  }

  /** Leads control to `target` where the guard holds (or, negated, does not). */
  branch(guard: GuardNode, negated: boolean, probability: Operand | null, target: Label): void {
    const { span } = guard;
    this.#add({ op: 'if', negated, guard, probability, label: wordOf(span) }, span, target, false);
    if (guard.kind === (negated ? 'always_false' : 'always_true')) this.reachable = false;
  }

  /** Puts a label here, to which nothing leads from behind: it names the next instruction. */
  place(label: Label): void {
    this.#removeJumpTo(label);
    if (label.jumps > 0 || label.isAlias) this.#wait(label);
  }

  /** Puts a label here that may be led to from behind. */
  placeHead(label: Label): void {
    this.#removeJumpTo(label);
    this.#wait(label);
  }

  /** Ends a stretch of the program behind which another one stands. False where control comes here. */
  close(span: Span): boolean {
    const reached = this.reachable;
    // Code that is never reached may lead here, and a label names an instruction.
    if (this.#waiting.length > 0) this.#add({ op: 'end_of_program' }, span, null, false);
    this.reachable = false;
    return !reached;
  }

  #wait(label: Label): void {
    if (this.#waiting.length === 0) this.#fallsThrough = this.reachable;
    this.#waiting.push(label);
    this.reachable ||= label.reached;
  }

  /** Labels before a jump are those of its target. */
  #passOn(target: Label): void {
    const goal = goalOf(target);
    if (this.#waiting.length === 0 || this.#waiting.includes(goal)) return;
    for (const label of this.#waiting) {
      label.alias = goal;
      goal.isAlias = true;
      goal.jumps += label.jumps;
      goal.reached ||= label.reached;
    }
    this.#waiting = [];
    this.reachable = this.#fallsThrough;
  }

  #add(operation: OperationNode, span: Span, jump: Label | null, around: boolean): void {
    if (this.#list.length === LIMITS.instructions) throw new Abort(tooManyInstructions(span, LIMITS.instructions));
    const instruction: Emitted = {
      operation,
      span: this.siteOf(span),
      labels: this.#waiting,
      jump: null,
      around,
      merged: false,
    };
    if (jump) this.#lead(instruction, jump);
    this.#list.push(instruction);
    this.#waiting = [];
  }

  #lead(instruction: { jump: Label | null }, target: Label): void {
    const goal = goalOf(target);
    instruction.jump = goal;
    goal.jumps++;
    goal.reached ||= this.reachable;
  }

  #merge(wait: Emitted, target: Label): void {
    this.#lead(wait, target);
    wait.merged = true;
  }

  /** A jump around nothing, to the label that is put right behind it. */
  #removeJumpTo(label: Label): void {
    const last = this.#list.at(-1);
    if (last?.jump !== label || !(last.around || last.merged)) return;
    if (last.merged) last.jump = null;
    else {
      this.#list.pop();
      this.#waiting = [...last.labels, ...this.#waiting];
    }
    this.#fallsThrough = true;
    last.merged = false;
    label.jumps--;
    this.reachable = true;
  }

  /** The instructions as the syntax tree has them. Labels get names that none of `taken` is. */
  finish(taken: Iterable<string>): InstructionNode[] {
    const names = new LabelNames(this.#list, taken);
    return this.#list.map(({ operation, span, labels, jump }) => ({
      operation: jump
        ? withLabel(operation, { name: names.of(goalOf(jump)), span: wordSpan(operation, span) })
        : operation,
      span,
      labels: names.nodesOf(labels),
    }));
  }
}

/** The labels of one instruction are one label. */
class LabelNames {
  readonly #nodes = new Map<Label, LabelNode>();

  constructor(list: readonly Emitted[], taken: Iterable<string>) {
    const used = new Set(taken);
    for (const { labels } of list) {
      const wanted = labels.filter(({ jumps }) => jumps > 0);
      const named = wanted.find(({ name }) => name !== null) ?? wanted[0];
      if (named === undefined) continue;
      const node = { name: freeName(named, used), span: named.span };
      for (const label of wanted) this.#nodes.set(label, node);
    }
  }

  of(label: Label): string {
    return this.#nodes.get(label)?.name ?? '';
  }

  nodesOf(labels: readonly Label[]): LabelNode[] {
    return [...new Set(labels.flatMap((label) => this.#nodes.get(label) ?? []))];
  }
}

function freeName({ name, span }: Label, used: Set<string>): string {
  const wish = (name ?? '').replace(/[^A-Za-z0-9_]/g, '_').slice(0, LONGEST_WISH);
  const usable = /^[A-Za-z_]/.test(wish) && !/^(?:nc_|__|none$)/.test(wish) && !C_KEYWORDS.has(wish);
  const base = usable ? wish : `line${span.line}`;
  let free = base;
  for (let n = 2; used.has(free); n++) free = `${base}_${n}`;
  used.add(free);
  return free;
}

/** Names have 63 characters: room for a number behind it. */
const LONGEST_WISH = 56;

function goalOf(label: Label): Label {
  let goal = label;
  while (goal.alias) goal = goal.alias;
  return goal;
}

function wordOf(span: Span): Word {
  return { name: '', span };
}

function wordSpan(operation: OperationNode, span: Span): Span {
  return 'label' in operation && operation.label ? operation.label.span : span;
}

function withLabel(operation: OperationNode, label: Word): OperationNode {
  return 'label' in operation ? { ...operation, label } : operation;
}

/** Control does not go on with the next instruction. A `wait` with a label has it in its `label`. */
function endsFlow(operation: OperationNode): boolean {
  if (operation.op === 'wait') return operation.label !== null;
  return operation.op === 'goto' || operation.op === 'halt' || operation.op === 'end_of_program';
}
