// What the passes of the checker share: the tree, the report, and what earlier passes have found out.
import type {
  Channel,
  Counter,
  Ingress,
  Message,
  Operation,
  Queue,
  Span,
  ValueType,
  Variable,
  Wire,
} from '../program.js';
import type { Report } from '../report.js';
import type { DeclarationOf, Literal, NamedKind, Tree, Word } from '../tree.js';
import type { FlowGraph } from './flow/graph.js';

/** A declared name. Passes fill in what they find. */
export interface DeclaredName {
  readonly kind: NamedKind;
  readonly word: Word;
  readonly declaration: DeclarationOf<NamedKind>;
  /** -1 until ids are allocated, and for constants. */
  id: number;
  /** Of variables and queues; null until known, and where the declaration has a mistake. */
  type: ValueType | null;
}

export interface DefinedLabel {
  readonly target: number;
  readonly span: Span;
}

/** The declarations without a name, with their defaults. */
export interface Settings {
  node: string;
  wire: Wire;
  /** Null where the declaration has a mistake: then nothing is said about bare numbers. */
  tickNs: bigint | null;
  toleranceNs: bigint;
  late: 'drop' | 'send';
  ingress: Ingress;
}

export interface Checking {
  readonly tree: Tree;
  readonly report: Report;
  readonly names: Map<string, DeclaredName>;
  readonly labels: Map<string, DefinedLabel>;
  /** Values of constants; null where the declaration has a mistake. */
  readonly constants: Map<string, Literal | null>;
  /** Names and labels that something refers to. */
  readonly used: Set<string>;
  readonly settings: Settings;
  readonly channels: Channel[];
  readonly variables: Variable[];
  readonly queues: Queue[];
  readonly messages: Message[];
  readonly counters: Counter[];
  /**
   * One for each instruction; null where its line could not be read. Operands with a mistake are `UNKNOWN`: the control
   * flow through the instruction is known all the same.
   */
  operations: readonly (Operation | null)[];
  graph: FlowGraph | null;
}

/** Stands for an id or a target that has a mistake. */
export const UNKNOWN = -1;

/** One check: one reason to refuse or to warn. Passes run in order and only look at what is before them. */
export type Pass = (checking: Checking) => void;

/** The declarations of one kind, in the order of the text. */
export function declarationsOf<K extends Tree['declarations'][number]['kind']>(
  tree: Tree,
  kind: K,
): DeclarationOf<K>[] {
  return tree.declarations.filter((declaration): declaration is DeclarationOf<K> => declaration.kind === kind);
}

/** The names of some kinds that were declared without a mistake in the name, in the order of the text. */
export function namesOf(checking: Checking, kinds: readonly NamedKind[]): DeclaredName[] {
  return [...checking.names.values()].filter(({ kind }) => kinds.includes(kind));
}
