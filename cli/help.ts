// Help texts, out of the table.
import { COMMON_OPTIONS, optionHead, usageOf, type Command } from './command.js';

const WIDTH = 78;
const COLUMN = 26;

/** Breaks a text into lines of at most `width` characters. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A head and its text in two columns. */
function row(head: string, text: string): string[] {
  const [first = '', ...more] = wrap(text, WIDTH - COLUMN);
  const indent = ' '.repeat(COLUMN);
  const start = `  ${head}`;
  const top = start.length + 2 > COLUMN ? [start, indent + first] : [start.padEnd(COLUMN) + first];
  return [...top, ...more.map((line) => indent + line)];
}

const COMMON = COMMON_OPTIONS.flatMap((option) => row(optionHead(option), option.summary));

/** `ncbpf --help` */
export function overview(commands: readonly Command[]): string {
  return [
    'usage: ncbpf COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    'Makes an Ethernet interface time-triggered: compiles a Network Code program to',
    'eBPF and runs it in the kernel.',
    '',
    'Commands:',
    ...commands.flatMap((command) => row(command.words.join(' '), command.summary)),
    '',
    'Options of every command:',
    ...COMMON,
    '',
    'Examples:',
    '  ncbpf demo                        two hosts on this machine, live',
    '  ncbpf check prog.nc               what is wrong with a program',
    '  ncbpf attach eth0 prog.nc         check, compile, load, run',
    '  ncbpf var set eth0 temperature 42',
    '',
    '`ncbpf COMMAND --help` says more about each; `man ncbpf` says all.',
    '',
  ].join('\n');
}

/** `ncbpf attach --help` */
export function commandHelp(command: Command): string {
  const options = command.options.flatMap((option) => row(optionHead(option), option.summary));
  const width = Math.max(...command.examples.map(({ line }) => line.length));
  return [
    `usage: ${usageOf(command)}`,
    ...command.description.flatMap((paragraph) => ['', ...wrap(paragraph, WIDTH)]),
    ...(options.length > 0 ? ['', 'Options:', ...options] : []),
    '',
    'Options of every command:',
    ...COMMON,
    '',
    'Examples:',
    ...command.examples.map(({ line, what }) => `  ${line.padEnd(width)}  ${what}`),
    '',
  ].join('\n');
}
