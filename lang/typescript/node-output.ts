// What comes out of the body of one node: its instructions, the blocks that wait for their place, and the things it refers to.
import { ts } from 'ts-morph';
import type { Span } from '../program.js';
import { holderOf } from './declare.js';
import { Emitter, newLabel, type Label } from './emitter.js';
import type { NodeOutput } from './engine.js';
import type { Closure, FunctionNode, Thing, Scope } from './values.js';

/** A block: the same function with other values around it is another one. */
export interface Block {
  readonly closure: Closure;
  readonly label: Label;
  /** What led to it first, in the module of the node. */
  readonly site: Span;
  state: 'known' | 'waiting' | 'placed';
}

export class NodeProgram implements NodeOutput {
  readonly emitter: Emitter;
  readonly used = new Set<Thing>();
  readonly #blocks = new Map<FunctionNode, Map<Scope, Block>>();
  #waiting: Block[] = [];

  constructor(
    readonly spanOf: (node: ts.Node) => Span,
    file: string,
  ) {
    this.emitter = new Emitter(file);
  }

  readonly use = (thing: Thing): void => {
    this.used.add(thing);
  };

  readonly blockLabel = (closure: Closure, from: Span, soon = false): Label => {
    const block = this.#blockOf(closure, from);
    if (block.state === 'placed') return block.label;
    if (soon) this.#waiting = [block, ...this.#waiting.filter((other) => other !== block)];
    else if (block.state === 'known') this.#waiting.push(block);
    block.state = 'waiting';
    return block.label;
  };

  /** The next block that something leads to, with its label in its place; null where none is left. */
  nextBlock(): Block | null {
    for (let block = this.#waiting.shift(); block; block = this.#waiting.shift()) {
      block.state = 'known';
      if (block.label.jumps === 0) continue;
      block.state = 'placed';
      this.emitter.placeHead(block.label);
      this.emitter.reachable = true;
      return block;
    }
    return null;
  }

  #blockOf(closure: Closure, from: Span): Block {
    const { node, scope } = closure;
    const ofNode = this.#blocks.get(node) ?? new Map<Scope, Block>();
    this.#blocks.set(node, ofNode);
    const known = ofNode.get(scope);
    if (known) return known;
    const label = newLabel(this.spanOf(node.name ?? node), blockName(node));
    const block: Block = { closure, label, site: this.emitter.siteOf(from), state: 'known' };
    ofNode.set(scope, block);
    return block;
  }
}

function blockName(node: FunctionNode): string | null {
  if (node.name) return node.name.text;
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node) ? (holderOf(node)?.text ?? null) : null;
}
