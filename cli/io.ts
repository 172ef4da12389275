// What a command may touch of the outside, so that it runs in a test as it runs in a shell.
import { isNativeError } from '../loader/native.js';

/** Where text goes. */
export interface TextSink {
  write(data: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface Io {
  /** Absent: there is no standard input. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted by a signal; its reason is an `Interruption`. */
  readonly signal: AbortSignal;
  /** From now on signals end the process, whatever it is doing, until what it returns is called. Absent: nobody catches them. */
  readonly dieOfSignals?: () => () => void;
}

/** A signal that asks the process to end. */
export class Interruption extends Error {
  override readonly name = 'Interruption';

  constructor(
    /** SIGINT is 2. */
    readonly number: number,
  ) {
    super(`ended by signal ${number}`);
  }
}

/** What `work` comes to, or as soon as a signal comes the rejection with its reason: the work is left where it is. */
export async function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  let forget = (): void => undefined;
  const interrupted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    forget = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    forget();
  }
}

/**
 * One of the two output streams. Once the reader of a pipe has gone, what is written is dropped: nobody wants it, and it
 * is no mistake.
 */
export class Output {
  readonly #sink: TextSink;
  readonly #closed = new AbortController();
  readonly colour: boolean;

  constructor(sink: TextSink, env: Io['env']) {
    this.#sink = sink;
    this.colour = sink.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  /** Aborted when the reader has gone. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** To be called when the stream reports EPIPE later than at the write. */
  close(): void {
    this.#closed.abort();
  }

  write(data: string | Uint8Array): void {
    if (this.closed.aborted) return;
    try {
      this.#sink.write(data);
    } catch (error) {
      if (!isNativeError(error, 'EPIPE')) throw error;
      this.close();
    }
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }
}
