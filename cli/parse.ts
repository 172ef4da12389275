// From the words of a command line to a command with its options. yargs splits them, the table says what there is.
import yargs from 'yargs';
import { didYouMean, nearest } from '../lang/suggest.js';
import { UsageError } from '../loader/errors.js';
import { isInterfaceName } from '../loader/roots.js';
import { COMMON_OPTIONS, commandName, usageOf, type Command, type OptionSpec } from './command.js';

export interface Parsed {
  readonly positionals: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  /** Of options that take many. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly flags: ReadonlySet<string>;
}

export interface Found {
  /** Null: only common options were given. */
  readonly command: Command | null;
  /** The words without those of the command. */
  readonly rest: readonly string[];
}

/** Words that begin with the longest name of a command. Options may stand before it. */
export function findCommand(commands: readonly Command[], args: readonly string[]): Found {
  const at = args.findIndex((word) => !word.startsWith('-'));
  if (at < 0) return { command: null, rest: args };
  if (asksGroup(commands, args.slice(at))) return { command: null, rest: args.filter((word) => word.startsWith('-')) };
  const words = args.slice(at);
  const matches = commands.filter((command) => command.words.every((word, index) => words[index] === word));
  const command = matches.sort((a, b) => b.words.length - a.words.length)[0];
  if (command === undefined) throw unknownCommand(commands, words);
  return { command, rest: [...args.slice(0, at), ...words.slice(command.words.length)] };
}

/** `ncbpf var --help`: the words name several commands, and help is asked for. */
function asksGroup(commands: readonly Command[], [first, second]: readonly string[]): boolean {
  if (second !== '--help' && second !== '-h') return false;
  const named = commands.filter(({ words }) => words[0] === first);
  return named.length > 0 && named.every(({ words }) => words.length > 1);
}

function unknownCommand(commands: readonly Command[], words: readonly string[]): UsageError {
  const [first = '', second] = words;
  const group = commands.filter((command) => command.words.length > 1 && command.words[0] === first);
  const known =
    group.length > 0
      ? group.map((command) => command.words[1] ?? '')
      : commands.map((command) => command.words[0] ?? '');
  const word = group.length > 0 ? second : first;
  if (word === undefined || word.startsWith('-'))
    return new UsageError(`ncbpf ${first} needs one of ${known.join(', ')}`);
  const shown = JSON.stringify(group.length > 0 ? `${first} ${word}` : word);
  return new UsageError(
    `unknown command ${shown}: ${didYouMean(word, known, group.length > 0 ? `there is ${known.join(', ')}` : '`ncbpf --help` lists the commands')}`,
  );
}

const LONGEST_ARGUMENT = 60;

function shorten(text: string): string {
  return JSON.stringify(text.length > LONGEST_ARGUMENT ? `${text.slice(0, LONGEST_ARGUMENT)}...` : text);
}

function split(
  specs: readonly OptionSpec[],
  args: readonly string[],
): Record<string, unknown> & { _: (string | number)[] } {
  const withArgument = specs.filter(({ argument, choices }) => argument !== undefined || choices !== undefined);
  const switches = specs.filter((spec) => !withArgument.includes(spec));
  const parser = yargs([])
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'strip-aliased': true,
    })
    .help(false)
    .version(false)
    .exitProcess(false)
    .detectLocale(false)
    .string(withArgument.map(({ name }) => name))
    .array(withArgument.filter(({ many }) => many).map(({ name }) => name))
    .boolean(switches.map(({ name }) => name))
    .alias(Object.fromEntries(specs.flatMap(({ name, short }) => (short === undefined ? [] : [[name, short]]))))
    .fail((message, error) => {
      throw (error as Error | undefined) ?? new UsageError(message);
    });
  return parser.parseSync([...args]);
}

/** `--script -` becomes `--script=-`: yargs takes a `-` alone for a positional, also where an option wants an argument. */
function joinDashes(specs: readonly OptionSpec[], words: readonly string[]): string[] {
  const end = words.indexOf('--');
  const wants = new Set(
    specs.flatMap(({ name, short, argument, choices }) =>
      argument === undefined && choices === undefined
        ? []
        : [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
    ),
  );
  const joined: string[] = [];
  words.forEach((word, index) => {
    const option = joined.at(-1);
    const isArgument = word === '-' && option !== undefined && wants.has(option) && (end < 0 || index < end);
    if (isArgument) joined.splice(-1, 1, `${option}=-`);
    else joined.push(word);
  });
  return joined;
}

/** The name of an option that every JavaScript object has, such as `--constructor`: yargs would trip over it. */
function inheritedName(word: string): string | undefined {
  const name = /^--([^=]+)/.exec(word)?.[1];
  return name !== undefined && name in Object.prototype ? name : undefined;
}

function argumentOf(spec: OptionSpec, value: unknown): string {
  const { name, choices } = spec;
  if (Array.isArray(value)) throw new UsageError(`--${name} is given more than once`);
  if (typeof value !== 'string' || value === '')
    throw new UsageError(`--${name} needs an argument: ${choices?.join(', ') ?? spec.argument}`);
  if (choices === undefined || choices.includes(value)) return value;
  throw new UsageError(`--${name} cannot be ${shorten(value)}: it is one of ${choices.join(', ')}`);
}

function listOf(spec: OptionSpec, value: unknown): string[] {
  const words = Array.isArray(value) ? value : [value];
  return words.length === 0 ? [argumentOf(spec, '')] : words.map((word) => argumentOf(spec, word));
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const needed = command.positionals.filter(({ optional }) => optional !== true);
  const missing = needed[positionals.length];
  if (missing !== undefined) throw new UsageError(`${missing.name} is missing: ${usageOf(command)}`);
  const many = command.positionals.at(-1)?.many === true;
  const extra = positionals[command.positionals.length];
  if (!many && extra !== undefined) throw new UsageError(`${shorten(extra)} is one word too many: ${usageOf(command)}`);
}

function checkNames(command: Command, positionals: readonly string[]): void {
  command.positionals.forEach(({ kind }, index) => {
    const name = positionals[index];
    if (kind !== 'interface' || name === undefined || isInterfaceName(name)) return;
    throw new UsageError(`${shorten(name)} cannot be an interface's name`);
  });
}

/**
 * Reads the words behind a command's name. `--help` and `--version` are not judged here: with them anything may be missing.
 * @throws UsageError
 */
export function parseWords(command: Command | null, words: readonly string[]): Parsed {
  const specs = [...(command?.options ?? []), ...COMMON_OPTIONS];
  const inherited = words.map(inheritedName).find((name) => name !== undefined);
  if (inherited !== undefined) throw unknownOption(command, specs, inherited);
  const { _: positional, ...given } = split(specs, joinDashes(specs, words));
  const options = new Map<string, string>();
  const lists = new Map<string, readonly string[]>();
  const flags = new Set<string>();
  for (const [name, value] of Object.entries(given)) {
    if (name === '$0' || value === undefined) continue;
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined) throw unknownOption(command, specs, name);
    if (spec.many) lists.set(name, listOf(spec, value));
    else if (spec.argument !== undefined || spec.choices !== undefined) options.set(name, argumentOf(spec, value));
    else if (value !== false) flags.add(name);
  }
  const positionals = positional.map(String);
  if (command !== null && !flags.has('help') && !flags.has('version')) {
    checkCount(command, positionals);
    checkNames(command, positionals);
  }
  return { positionals, options, lists, flags };
}

function unknownOption(command: Command | null, specs: readonly OptionSpec[], name: string): UsageError {
  const dashes = name.length === 1 ? '-' : '--';
  const who = command === null ? 'ncbpf' : commandName(command);
  const near = nearest(
    name,
    specs.map((spec) => spec.name),
  );
  const hint = near === null ? `\`${who} --help\` lists them` : `did you mean \`--${near}\`?`;
  return new UsageError(`${who} has no option ${dashes}${name.slice(0, LONGEST_ARGUMENT)}: ${hint}`);
}
