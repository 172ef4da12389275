// From the words of a command line to an exit status. Everything outside comes through `io`, so that tests call this as bin.ts does.
import { UsageError } from '../loader/errors.js';
import { type Command, type Context } from './command.js';
import { failureOf, sayFailure, STATUS, type Failure } from './failure.js';
import { commandHelp, overview } from './help.js';
import { Interruption, Output, unlessInterrupted, type Io } from './io.js';
import { toJson } from './json.js';
import { manPage } from './manpage.js';
import { findCommand, parseWords, type Parsed } from './parse.js';
import { ownVersion } from './program-file.js';
import { COMMANDS } from './table.js';

/** Output streams that may be told of a reader that has gone. */
export interface Streams {
  readonly out: Output;
  readonly err: Output;
}

function interruption(signal: AbortSignal): Interruption | null {
  return signal.reason instanceof Interruption ? signal.reason : null;
}

function runCommand(command: Command, context: Context): Promise<number> {
  const { signal, dieOfSignals } = context.io;
  if (command.onSignal === 'dies') {
    signal.throwIfAborted();
    dieOfSignals?.();
  }
  const running = command.run(context);
  const ends = command.onSignal === undefined || command.onSignal === 'ends';
  return ends ? unlessInterrupted(signal, running) : running;
}

function contextOf(io: Io, { out, err }: Streams, parsed: Parsed): Context {
  return {
    io,
    out,
    err,
    signal: AbortSignal.any([io.signal, out.closed]),
    commands: COMMANDS,
    json: parsed.flags.has('json'),
    verbose: parsed.flags.has('verbose'),
    positionals: parsed.positionals,
    option: (name) => parsed.options.get(name),
    list: (name) => parsed.lists.get(name) ?? [],
    flag: (name) => parsed.flags.has(name),
  };
}

/** `ncbpf help attach` is `ncbpf attach --help`. */
function spellOut(args: readonly string[]): readonly string[] {
  return args[0] === 'help' ? [...args.slice(1), '--help'] : args;
}

async function execute(args: readonly string[], io: Io, streams: Streams): Promise<number> {
  const { out, err } = streams;
  if (args.length === 1 && args[0] === '--man') {
    out.write(manPage(COMMANDS, ownVersion()));
    return STATUS.done;
  }
  const { command, rest } = findCommand(COMMANDS, args);
  const parsed = parseWords(command, rest);
  if (parsed.flags.has('help')) {
    out.write(command === null ? overview(COMMANDS) : commandHelp(command));
    return STATUS.done;
  }
  if (parsed.flags.has('version')) {
    out.line(parsed.flags.has('json') ? toJson({ version: ownVersion() }) : ownVersion());
    return STATUS.done;
  }
  if (command === null) {
    err.write(overview(COMMANDS));
    throw new UsageError('there is no command: `ncbpf demo` shows what ncbpf does');
  }
  const status = await runCommand(command, contextOf(io, streams, parsed));
  const signal = interruption(io.signal);
  return signal !== null && command.onSignal === 'handled' ? STATUS.signal + signal.number : status;
}

function printFailure(failure: Failure, args: readonly string[], { out, err }: Streams): void {
  sayFailure(err, failure);
  const verbose = args.includes('--verbose') || args.includes('-v');
  if (failure.detail !== null && verbose) err.write(failure.detail);
  const { kind, message, status } = failure;
  if (args.includes('--json')) out.line(toJson({ error: { kind, message, status } }));
}

/** The streams of an `Io`. */
export function streamsOf(io: Io): Streams {
  return { out: new Output(io.stdout, io.env), err: new Output(io.stderr, io.env) };
}

/**
 * Runs a command line (the words behind `ncbpf`) and returns the exit status. Never throws on account of what the words are.
 */
export async function run(args: readonly string[], io: Io, streams = streamsOf(io)): Promise<number> {
  try {
    return await execute(spellOut(args), io, streams);
  } catch (error) {
    const signal = interruption(io.signal);
    // What failed after a signal failed because of it: a compiler, for example, gets the same signal.
    if (signal !== null) return STATUS.signal + signal.number;
    const failure = failureOf(error);
    printFailure(failure, args, streams);
    return failure.status;
  }
}
