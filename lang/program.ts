// The checked program: what every front end produces and everything behind it consumes.
// Names are resolved to ids and instruction indexes; durations are whole nanoseconds (bigint).

/** A stretch of source text. Lines and columns count from 1, columns in characters; the end is exclusive. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Six bytes, lower case, colon separated: `02:00:00:00:00:01`. */
export type Mac = string;

export interface IntegerType {
  readonly kind: 'integer';
  readonly signed: boolean;
  readonly bits: 8 | 16 | 32 | 64;
}

/** `bytes[size]`: holds 0 to `size` bytes. */
export interface BytesType {
  readonly kind: 'bytes';
  readonly size: number;
}

export type ValueType = IntegerType | BytesType;
export type Value = bigint | Uint8Array;

export interface Declared {
  readonly name: string;
  readonly id: number;
  readonly span: Span;
}

export interface Channel extends Declared {
  /** Destination of data frames; null is broadcast. */
  readonly to: Mac | null;
  /** The only senders that are accepted (the primary). */
  readonly from: readonly Mac[];
  readonly backup: Mac | null;
  /** Length of the receive queue, 1 to 256. */
  readonly queue: number;
  /** Path delay in ns. */
  readonly delayNs: bigint;
}

export interface Variable extends Declared {
  readonly type: ValueType;
  readonly initial: Value;
}

/** A queue variable; it shares the id space of the variables. */
export interface Queue extends Declared {
  readonly type: ValueType;
  readonly depth: number;
}

export type Message = Declared;

export interface Counter extends Declared {
  /** 0 to 2^32 - 1. */
  readonly start: number;
}

/** A label and the index of the instruction that it names. */
export interface Label {
  readonly name: string;
  readonly target: number;
  readonly span: Span;
}

export type Wire = { readonly format: 'v1'; readonly ethertype: number } | { readonly format: 'ncm' };
export type Ingress = { readonly mode: 'open' } | { readonly mode: 'strict'; readonly allow: readonly Mac[] };

/** Error bits of the machine, language.md section 4. */
export const ERROR_BITS = {
  deadline_missed: 0,
  send_fault: 1,
  message_empty: 2,
  queue_empty: 3,
  queue_full: 4,
  no_future: 5,
  receive_fault: 10,
  sync_timeout: 15,
} as const;

export type ErrorName = keyof typeof ERROR_BITS;

export type Comparison = 'equal' | 'greater' | 'less';
export type VariableTest = 'zero' | 'nonzero' | 'even_parity' | 'odd_parity';

/** Operands are ids: `channel` of a channel, `variable` of a variable or queue, `counter` of a counter. */
export type Guard =
  | { readonly kind: 'always_true' | 'always_false' | 'send_buffer_empty' }
  | { readonly kind: 'channel_rcv_buf_empty'; readonly channel: number }
  | { readonly kind: 'test_count'; readonly counter: number; readonly value: number }
  | { readonly kind: 'status_test'; readonly mask: number }
  | { readonly kind: Comparison; readonly a: number; readonly b: number }
  | { readonly kind: 'test_var'; readonly variable: number; readonly condition: VariableTest }
  | { readonly kind: 'var_queue_empty' | 'var_queue_full'; readonly variable: number };

/** Targets are instruction indexes from 0; delays, timeouts and windows are ns and greater than 0. */
export type Operation =
  | { readonly op: 'nop' | 'halt' | 'end_of_program' }
  | { readonly op: 'create'; readonly variable: number; readonly message: number }
  | { readonly op: 'destroy'; readonly message: number }
  | { readonly op: 'send' | 'backup_send'; readonly channel: number; readonly message: number }
  | { readonly op: 'receive' | 'backup_receive'; readonly channel: number; readonly variable: number }
  | { readonly op: 'sync_master'; readonly channel: number }
  | { readonly op: 'sync_slave'; readonly timeoutNs: bigint; readonly channel: number | null }
  | { readonly op: 'future'; readonly delayNs: bigint; readonly target: number }
  | { readonly op: 'wait'; readonly delayNs: bigint; readonly target: number }
  | { readonly op: 'goto'; readonly target: number }
  | {
      readonly op: 'if';
      readonly guard: Guard;
      readonly negated: boolean;
      readonly probability: number | null;
      readonly target: number;
    }
  | { readonly op: 'mode'; readonly mode: 'hard' | 'soft' }
  | { readonly op: 'xsend'; readonly windowNs: bigint }
  | { readonly op: 'handle'; readonly error: ErrorName; readonly target: number | null }
  | {
      readonly op: 'set_counter' | 'add_to_counter' | 'sub_from_counter';
      readonly counter: number;
      readonly value: number;
    }
  | { readonly op: 'clear_counter'; readonly counter: number };

/** `wait DELAY` without a label is `wait` whose target is the next instruction. */
export type Instruction = Operation & { readonly span: Span };

/** A program without errors. Declared things are sorted by id. */
export interface Program {
  /** Base name of the source file, as diagnostics and verifier messages show it. */
  readonly file: string;
  readonly node: string;
  /** First 32 bits of the SHA-256 of the canonical text. */
  readonly programId: number;
  readonly wire: Wire;
  readonly tickNs: bigint;
  readonly toleranceNs: bigint;
  readonly late: 'drop' | 'send';
  readonly ingress: Ingress;
  readonly channels: readonly Channel[];
  readonly variables: readonly Variable[];
  readonly queues: readonly Queue[];
  readonly messages: readonly Message[];
  readonly counters: readonly Counter[];
  readonly labels: readonly Label[];
  readonly instructions: readonly Instruction[];
}

/** The largest payload of a frame in bytes. */
export const MAX_PAYLOAD = 1470;
export const LIMITS = { instructions: 4096, futures: 64, declared: 256, queueLength: 256 } as const;
