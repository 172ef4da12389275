// What a module `*.nc.ts` imports: `import { node, channel, ms, wait } from 'ncbpf/program'`. A module is compiled from its
// syntax tree and never runs, so that only the types matter here: whatever is called says so. The names are those of the
// language in camel case. Everything stands in this one file, without imports, because modules are checked against its text.

declare const KIND: unique symbol;
declare const HOLDS: unique symbol;

/** What a variable or queue holds: signed and unsigned integers are not compared with each other, nor with byte strings. */
export type Content = 'unsigned' | 'signed' | 'bytes';

/** The type of a variable or queue: `u16`, `bytes(64)`. */
export interface Type<C extends Content = Content> {
  readonly [KIND]: 'type';
  readonly [HOLDS]: C;
}

/** A channel to other nodes. */
export interface Channel {
  readonly [KIND]: 'channel';
}

/** A variable, shared with the applications of its node. */
export interface Variable<C extends Content = Content> {
  readonly [KIND]: 'variable';
  readonly [HOLDS]: C;
}

/** A queue of values, shared with the applications of its node. */
export interface Queue<C extends Content = Content> {
  readonly [KIND]: 'queue';
  readonly [HOLDS]: C;
}

/** A snapshot of a variable, to be sent. */
export interface Message {
  readonly [KIND]: 'message';
}

/** A counter of unsigned 32 bits. */
export interface Counter {
  readonly [KIND]: 'counter';
}

/** A node of the system, as `node` describes it. */
export interface Node {
  readonly [KIND]: 'node';
}

/** A length of time, exact. What a program waits for must come out as whole nanoseconds, less than 2^62. */
export interface Duration {
  readonly [KIND]: 'duration';
  /** The sum. */
  readonly plus: (other: Duration) => Duration;
  /** The difference. */
  readonly minus: (other: Duration) => Duration;
  /** A multiple, also with a fraction. */
  readonly times: (factor: number) => Duration;
  /** A part. */
  readonly dividedBy: (divisor: number) => Duration;
}

/** A number of ticks, whose length is the `tick` of the node. */
export interface Ticks {
  readonly [KIND]: 'ticks';
}

/** A byte string that is not text. */
export interface ByteString {
  readonly [KIND]: 'bytes';
}

export type Delay = Duration | Ticks;

/** Six bytes as `02:00:00:00:00:01`. A source address is no proof of who sent a frame. */
export type Mac = string;

/** The errors of the machine. */
export type MachineError =
  | 'deadline_missed'
  | 'send_fault'
  | 'message_empty'
  | 'queue_empty'
  | 'queue_full'
  | 'no_future'
  | 'receive_fault'
  | 'sync_timeout';

/** A stretch of the program that control can go to: a function without parameters whose end is not reached. */
export type Block = () => void;

/** What every declaration may have. `name`: default, that of the constant it is assigned to; `id`: 0 to 255. */
export interface Declared {
  readonly name?: string;
  readonly id?: number;
}

export interface ChannelClauses extends Declared {
  /** Destination; default broadcast. */
  readonly to?: Mac;
  /** The only senders accepted; default none. */
  readonly from?: Mac | readonly Mac[];
  /** Who sends in place of the primary. */
  readonly backup?: Mac;
  /** Length of the receive queue, 1 to 256; default 16. */
  readonly queue?: number;
  /** Path delay; default 0. */
  readonly delay?: Delay;
}

export interface VariableClauses<C extends Content> extends Declared {
  /** Default 0 or empty. */
  readonly initial?: C extends 'bytes' ? string | ByteString : number | bigint;
}

export interface QueueClauses extends Declared {
  /** 1 to 256 values. */
  readonly depth: number;
}

export interface CounterClauses extends Declared {
  /** 0 to 2^32 - 1; default 0. */
  readonly start?: number;
}

export interface NodeSettings {
  /** Default: the name of the constant that the node is assigned to, or the file's base name. */
  readonly name?: string;
  /** The frame format; default v1. */
  readonly wire?: 'v1' | 'ncm';
  /** Only with v1; default 0x88B5. */
  readonly ethertype?: number;
  /** What `ticks(1)` is; default 1 us. */
  readonly tick?: Duration;
  /** How late a block may start; default 50 us. */
  readonly tolerance?: Delay;
  /** What happens to frames of a block that started too late; default drop. */
  readonly late?: 'drop' | 'send';
  /** strict: frames whose source no channel names are dropped; default open. */
  readonly ingress?: 'open' | 'strict';
  /** Further senders that `ingress: 'strict'` lets pass. */
  readonly allow?: readonly Mac[];
}

const stub = (name: string) => (): never => {
  throw new Error(`${name}: a program is compiled from its text and does not run; see \`ncbpf check\``);
};

const type = <C extends Content>(name: string): Type<C> => Object.freeze({ name }) as unknown as Type<C>;

export const u8: Type<'unsigned'> = type('u8');
export const u16: Type<'unsigned'> = type('u16');
export const u32: Type<'unsigned'> = type('u32');
export const u64: Type<'unsigned'> = type('u64');
export const i8: Type<'signed'> = type('i8');
export const i16: Type<'signed'> = type('i16');
export const i32: Type<'signed'> = type('i32');
export const i64: Type<'signed'> = type('i64');
/** Byte strings of 0 to `size` bytes, 1 to 1470. */
export const bytes: (size: number) => Type<'bytes'> = stub('bytes');
/** A byte string out of pairs of hex digits: `hex('00ff')`. */
export const hex: (digits: string) => ByteString = stub('hex');

export const ns: (amount: number | bigint) => Duration = stub('ns');
export const us: (amount: number | bigint) => Duration = stub('us');
export const ms: (amount: number | bigint) => Duration = stub('ms');
export const s: (amount: number | bigint) => Duration = stub('s');
export const ticks: (count: number | bigint) => Ticks = stub('ticks');

/** Describes a node: its settings, and the body that is its program. Stands at the top level of a module. */
export const node: {
  (body: Block): Node;
  (settings: NodeSettings, body: Block): Node;
} = stub('node');
export const channel: (clauses?: ChannelClauses) => Channel = stub('channel');
export const variable: <C extends Content>(type: Type<C>, clauses?: VariableClauses<NoInfer<C>>) => Variable<C> =
  stub('variable');
export const queue: <C extends Content>(type: Type<C>, clauses: QueueClauses) => Queue<C> = stub('queue');
export const message: (clauses?: Declared) => Message = stub('message');
export const counter: (clauses?: CounterClauses) => Counter = stub('counter');

export const nop: () => void = stub('nop');
/** Takes a snapshot of a variable, or the oldest value of a queue. */
export const create: (from: Variable | Queue, to: Message) => void = stub('create');
/** Empties a message. */
export const destroy: (message: Message) => void = stub('destroy');
/** Transmits one frame; the message stays. */
export const send: (channel: Channel, message: Message) => void = stub('send');
/** Takes the oldest frame of a channel that has `from`. */
export const receive: (channel: Channel, into: Variable | Queue) => void = stub('receive');
/** Sends if no frame of the primary has come in this round. */
export const backupSend: (channel: Channel, message: Message) => void = stub('backupSend');
/** Takes a frame of the backup if none of the primary has come in this round. */
export const backupReceive: (channel: Channel, into: Variable | Queue) => void = stub('backupReceive');
/** Broadcasts a sync frame. */
export const syncMaster: (channel: Channel) => void = stub('syncMaster');
/** Suspends until a sync frame arrives, of `from` or of any channel, or the timeout has passed. */
export const syncSlave: (timeout: Delay, from?: Channel) => void = stub('syncSlave');
/** Arms a future: after `delay` a `halt` goes to `block`. */
export const future: (delay: Delay, block: Block) => void = stub('future');
/** Suspends until the earliest armed future. */
export const halt: () => never = stub('halt');
/** Lets time pass; then control goes on, or to `block`. */
export const wait: {
  (delay: Delay): void;
  (delay: Delay, block: Block): never;
} = stub('wait');
/** Goes to a block, and does not come back. */
export const goto: (block: Block) => never = stub('goto');
/** hard: the gate for ordinary traffic is closed; soft: it is open. */
export const mode: (mode: 'hard' | 'soft') => void = stub('mode');
/** Opens the gate for ordinary traffic for a while. */
export const xsend: (window: Delay) => void = stub('xsend');
/** From now on control goes to `block` when the error occurs; `'none'` removes the handler. */
export const handle: (error: MachineError, block: Block | 'none') => void = stub('handle');
export const setCounter: (counter: Counter, value: number) => void = stub('setCounter');
export const addToCounter: (counter: Counter, amount: number) => void = stub('addToCounter');
export const subFromCounter: (counter: Counter, amount: number) => void = stub('subFromCounter');
export const clearCounter: (counter: Counter) => void = stub('clearCounter');
/** The machine stops. */
export const endOfProgram: () => never = stub('endOfProgram');

// Guards stand in the conditions of `if`, `while`, `do` and `for`, joined with `!`, `&&` and `||`.
export const alwaysTrue: () => boolean = stub('alwaysTrue');
export const alwaysFalse: () => boolean = stub('alwaysFalse');
/** No frame of the primary waits in the channel's queue. */
export const channelRcvBufEmpty: (channel: Channel) => boolean = stub('channelRcvBufEmpty');
/** No ordinary frame is held back by the gate. */
export const sendBufferEmpty: () => boolean = stub('sendBufferEmpty');
/** The counter equals `value`. */
export const testCount: (counter: Counter, value: number) => boolean = stub('testCount');
/** Any of the errors is set; a number is a mask of 16 bits. */
export const statusTest: {
  (first: MachineError, ...others: MachineError[]): boolean;
  (mask: number): boolean;
} = stub('statusTest');
export const equal: <C extends Content>(a: Variable<C>, b: Variable<NoInfer<C>>) => boolean = stub('equal');
export const greater: <C extends Content>(a: Variable<C>, b: Variable<NoInfer<C>>) => boolean = stub('greater');
export const less: <C extends Content>(a: Variable<C>, b: Variable<NoInfer<C>>) => boolean = stub('less');
export const testVar: (variable: Variable, condition: 'zero' | 'nonzero' | 'even_parity' | 'odd_parity') => boolean =
  stub('testVar');
export const varQueueEmpty: (queue: Queue) => boolean = stub('varQueueEmpty');
export const varQueueFull: (queue: Queue) => boolean = stub('varQueueFull');
/** The guard, with how likely it is to hold (0 to 1). It only informs analysis. */
export const probability: (likely: number, guard: boolean) => boolean = stub('probability');
