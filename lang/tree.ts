// The syntax tree of a program text: what was written, in order, with the place of everything. Names are not resolved.
import type { ErrorName, Mac, Span, VariableTest } from './program.js';
import type { Unit } from './vocabulary.js';

/** A name where it is declared or used. */
export interface Word {
  readonly name: string;
  readonly span: Span;
}

/** `text` is the canonical way of writing: lower case, no leading zeros in decimal. */
export interface IntegerLiteral {
  readonly kind: 'integer';
  readonly text: string;
  readonly value: bigint;
  readonly span: Span;
}

/** A decimal number with a fraction, as probabilities have. */
export interface FractionLiteral {
  readonly kind: 'fraction';
  readonly text: string;
  readonly span: Span;
}

/** `amount` is decimal, perhaps negative, perhaps with a fraction. */
export interface DurationLiteral {
  readonly kind: 'duration';
  readonly amount: string;
  readonly unit: Unit;
  readonly span: Span;
}

/** `"text"`, or `hex:` with lower-case digits in pairs. */
export interface BytesLiteral {
  readonly kind: 'text' | 'hex';
  readonly text: string;
  readonly span: Span;
}

export interface NameOperand extends Word {
  readonly kind: 'name';
}

export type Literal = IntegerLiteral | FractionLiteral | DurationLiteral | BytesLiteral;

/** Where a value stands: a literal, or the name of a constant. */
export type Operand = Literal | NameOperand;

export interface MacLiteral {
  readonly mac: Mac;
  readonly span: Span;
}

export type TypeNode =
  | { readonly kind: 'integer'; readonly signed: boolean; readonly bits: 8 | 16 | 32 | 64; readonly span: Span }
  | { readonly kind: 'bytes'; readonly size: Operand; readonly span: Span };

export interface ChannelClauses {
  readonly id: Operand | null;
  readonly to: MacLiteral | null;
  /** Null where the clause is absent; never empty. */
  readonly from: readonly MacLiteral[] | null;
  readonly backup: MacLiteral | null;
  readonly queue: Operand | null;
  readonly delay: Operand | null;
}

export type Setting =
  | { readonly kind: 'node'; readonly name: Word }
  | { readonly kind: 'wire'; readonly format: 'v1' | 'ncm'; readonly ethertype: Operand | null }
  | { readonly kind: 'tick'; readonly duration: Operand }
  | { readonly kind: 'tolerance'; readonly duration: Operand }
  | { readonly kind: 'late'; readonly policy: 'drop' | 'send' }
  | { readonly kind: 'ingress'; readonly mode: 'open' | 'strict'; readonly allow: readonly MacLiteral[] | null };

export type Named =
  | ({ readonly kind: 'channel'; readonly name: Word } & ChannelClauses)
  | {
      readonly kind: 'var';
      readonly name: Word;
      readonly id: Operand | null;
      readonly type: TypeNode;
      readonly initial: Operand | null;
    }
  | {
      readonly kind: 'queue';
      readonly name: Word;
      readonly id: Operand | null;
      readonly type: TypeNode;
      readonly depth: Operand;
    }
  | { readonly kind: 'message'; readonly name: Word; readonly id: Operand | null }
  | { readonly kind: 'counter'; readonly name: Word; readonly id: Operand | null; readonly start: Operand | null }
  | { readonly kind: 'const'; readonly name: Word; readonly value: Operand };

export type NamedKind = Named['kind'];
export type Declaration = (Setting | Named) & { readonly span: Span };

/** One declaration of a kind, with its span. */
export type DeclarationOf<K extends Declaration['kind']> = Extract<Setting | Named, { readonly kind: K }> & {
  readonly span: Span;
};

export type GuardNode = { readonly span: Span } & (
  | { readonly kind: 'always_true' | 'always_false' | 'send_buffer_empty' }
  | { readonly kind: 'channel_rcv_buf_empty'; readonly channel: Word }
  | { readonly kind: 'test_count'; readonly counter: Word; readonly value: Operand }
  | { readonly kind: 'status_test'; readonly errors: readonly ErrorName[]; readonly mask: Operand | null }
  | { readonly kind: 'equal' | 'greater' | 'less'; readonly a: Word; readonly b: Word }
  | { readonly kind: 'test_var'; readonly variable: Word; readonly condition: VariableTest }
  | { readonly kind: 'var_queue_empty' | 'var_queue_full'; readonly variable: Word }
);

export type OperationNode =
  | { readonly op: 'nop' | 'halt' | 'end_of_program' }
  | { readonly op: 'create'; readonly variable: Word; readonly message: Word }
  | { readonly op: 'destroy'; readonly message: Word }
  | { readonly op: 'send' | 'backup_send'; readonly channel: Word; readonly message: Word }
  | { readonly op: 'receive' | 'backup_receive'; readonly channel: Word; readonly variable: Word }
  | { readonly op: 'sync_master'; readonly channel: Word }
  | { readonly op: 'sync_slave'; readonly timeout: Operand; readonly channel: Word | null }
  | { readonly op: 'future'; readonly delay: Operand; readonly label: Word }
  | { readonly op: 'wait'; readonly delay: Operand; readonly label: Word | null }
  | { readonly op: 'goto'; readonly label: Word }
  | {
      readonly op: 'if';
      readonly negated: boolean;
      readonly guard: GuardNode;
      readonly probability: Operand | null;
      readonly label: Word;
    }
  | { readonly op: 'mode'; readonly mode: 'hard' | 'soft' }
  | { readonly op: 'xsend'; readonly window: Operand }
  | { readonly op: 'handle'; readonly error: ErrorName; readonly label: Word | null }
  | {
      readonly op: 'set_counter' | 'add_to_counter' | 'sub_from_counter';
      readonly counter: Word;
      readonly value: Operand;
    }
  | { readonly op: 'clear_counter'; readonly counter: Word };

/** Names the next instruction. */
export interface LabelNode {
  readonly name: string;
  readonly span: Span;
}

/** `operation` is null where the line has a mistake: it still counts as an instruction. */
export interface InstructionNode {
  readonly operation: OperationNode | null;
  readonly span: Span;
  readonly labels: readonly LabelNode[];
}

/** A comment with its `#`, up to the end of the line. `alone`: nothing else stands on its line. */
export interface Comment {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly alone: boolean;
}

export interface Tree {
  readonly file: string;
  readonly declarations: readonly Declaration[];
  readonly instructions: readonly InstructionNode[];
  /** Labels after the last instruction, which name nothing. */
  readonly danglingLabels: readonly LabelNode[];
  /** Names that lines with a mistake may have been meant to declare. Nothing is said about their use. */
  readonly doubtfulNames: ReadonlySet<string>;
  readonly comments: readonly Comment[];
  /** The end of the text. */
  readonly end: Span;
  /** False where reading stopped early, after too many errors or instructions. */
  readonly complete: boolean;
}
