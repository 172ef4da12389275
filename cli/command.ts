// What a command is: the table of commands (table.ts) is made of these, and parsing, help, completion and the man page are
// made of the table.
import type { Io, Output } from './io.js';

export interface OptionSpec {
  /** Without dashes. */
  readonly name: string;
  readonly short?: string;
  /** Name of its argument; without one it is a switch. */
  readonly argument?: string;
  /** The only arguments accepted. */
  readonly choices?: readonly string[];
  /** It takes all words up to the next option, and may be given again. */
  readonly many?: boolean;
  readonly summary: string;
}

export interface PositionalSpec {
  readonly name: string;
  /** What completion proposes. */
  readonly kind: 'file' | 'interface' | 'variable' | 'text';
  readonly optional?: boolean;
  /** Any number of them; only the last one. */
  readonly many?: boolean;
}

export interface Example {
  readonly line: string;
  readonly what: string;
}

export interface Command {
  /** `['var', 'get']` */
  readonly words: readonly string[];
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /**
   * What a signal does. `ends` (default): the command is left where it is. `finishes`: it goes on to its end, so that nothing is half done.
   * `handled`: it looks at `signal` itself. `dies`: the signal ends the process; for a command that computes for long without a pause, in which
   * no handler would run, and that leaves nothing behind.
   */
  readonly onSignal?: 'ends' | 'finishes' | 'handled' | 'dies';
  /** Returns the exit status. */
  run(context: Context): Promise<number>;
}

/** What a command gets. */
export interface Context {
  readonly io: Io;
  readonly out: Output;
  readonly err: Output;
  /** Of the signal, or of the reader of standard output that has gone. */
  readonly signal: AbortSignal;
  /** The table. */
  readonly commands: readonly Command[];
  readonly json: boolean;
  readonly verbose: boolean;
  readonly positionals: readonly string[];
  /** The argument of an option; undefined when it is not given. */
  readonly option: (name: string) => string | undefined;
  /** The arguments of an option that takes many. */
  readonly list: (name: string) => readonly string[];
  readonly flag: (name: string) => boolean;
}

/** The options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { name: 'json', summary: 'print one JSON value on standard output' },
  { name: 'verbose', short: 'v', summary: 'say more: steps, the whole log of the verifier' },
  { name: 'help', short: 'h', summary: 'print help' },
  { name: 'version', summary: 'print the version' },
];

/** `ncbpf var get` */
export function commandName(command: Command): string {
  return `ncbpf ${command.words.join(' ')}`;
}

/** `IFACE [NAME [VALUE]]` as a usage line shows it. */
export function usageOf(command: Command): string {
  const positionals = command.positionals.map(({ name, optional, many }) => {
    const shown = many ? `${name}...` : name;
    return optional ? `[${shown}]` : shown;
  });
  const options = command.options.length > 0 ? ['[OPTIONS]'] : [];
  return [commandName(command), ...positionals, ...options].join(' ');
}

/** `-o, --output FILE` */
export function optionHead({ name, short, argument, choices, many }: OptionSpec): string {
  const value = choices?.join('|') ?? argument;
  const shown = value === undefined ? '' : ` ${value}${many === true ? '...' : ''}`;
  return `${short === undefined ? '' : `-${short}, `}--${name}${shown}`;
}
