// The man page, out of the table. man/ncbpf.1 is this text; a test compares them.
import { COMMON_OPTIONS, optionHead, usageOf, type Command, type OptionSpec } from './command.js';

/** Text for roff: no line begins a request by accident, a dash is a dash. */
function escape(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(/`([^`]*)`/g, '\\fB$1\\fR');
}

function optionItem(option: OptionSpec): string[] {
  return ['.TP', `.B ${escape(optionHead(option))}`, escape(option.summary)];
}

function commandSection(command: Command): string[] {
  return [
    `.SS ${escape(command.words.join(' '))}`,
    `.B ${escape(usageOf(command))}`,
    ...command.description.flatMap((paragraph) => ['.PP', escape(paragraph)]),
    ...command.options.flatMap(optionItem),
    '.PP',
    'Examples:',
    '.nf',
    '.RS',
    ...command.examples.flatMap(({ line, what }) => [escape(`# ${what}`), escape(line)]),
    '.RE',
    '.fi',
  ];
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ['0', 'Done; warnings too.'],
  ['1', 'The program has errors, a schedule is refuted, or a file would be formatted differently (fmt --check).'],
  [
    '2',
    'Wrong usage, and what was named does not exist or cannot be: an interface, a variable, a file, an attachment that exists already.',
  ],
  ['3', 'The kernel, a permission or a tool is missing.'],
  ['70', 'A bug of ncbpf.'],
  ['128 + n', 'Ended by signal n.'],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  [
    'NCBPF_PIN_ROOT',
    'Folder of the pins, in a bpffs; default /sys/fs/bpf/ncbpf. Made where it is missing, and then removed with the last attachment.',
  ],
  [
    'NCBPF_RUN_ROOT',
    'Folder of records, indexes and locks; default /run/ncbpf. Made where it is missing, and then removed with the last attachment.',
  ],
  ['NCBPF_CLANG', 'The clang to use; default the newest from clang-16 on that is on the PATH.'],
  ['NO_COLOR', 'No colours, also on a terminal.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['/sys/fs/bpf/ncbpf/INTERFACE/', 'Pinned programs and maps of an attachment; a dot in the name is %2e.'],
  ['/run/ncbpf/INTERFACE.json', 'Record of an attachment.'],
  ['/run/ncbpf/INTERFACE.vars', 'Index of its variables, for applications.'],
  ['/etc/ncbpf/INTERFACE.nc', 'Program that ncbpf@INTERFACE.service attaches.'],
  ['/etc/ncbpf/INTERFACE.conf', 'Its options: NCBPF_OPTIONS=...'],
];

function items(list: readonly (readonly [string, string])[]): string[] {
  return list.flatMap(([head, text]) => ['.TP', `.B ${escape(head)}`, escape(text)]);
}

/** The man page in roff, section 1. */
export function manPage(commands: readonly Command[], version: string): string {
  return [
    '.\\" Made by `ncbpf --man` from the table of commands: do not edit.',
    `.TH NCBPF 1 "" "ncbpf ${version}" "User Commands"`,
    '.SH NAME',
    'ncbpf \\- compile communication schedules to eBPF and run them in the kernel',
    '.SH SYNOPSIS',
    '.B ncbpf',
    '.I COMMAND',
    '[\\fIARGUMENTS\\fR] [\\fIOPTIONS\\fR]',
    '.SH DESCRIPTION',
    'ncbpf makes an Ethernet interface time\\-triggered. The communication schedule of a node is a small program in Network Code;',
    'ncbpf compiles it to eBPF, and from then on the kernel sends and receives by it.',
    '.SH COMMANDS',
    ...commands.flatMap(commandSection),
    '.SH OPTIONS OF EVERY COMMAND',
    ...COMMON_OPTIONS.flatMap(optionItem),
    '.SH EXIT STATUS',
    ...items(EXIT_STATUS),
    '.SH ENVIRONMENT',
    ...items(ENVIRONMENT),
    '.SH FILES',
    ...items(FILES),
    '.SH SEE ALSO',
    '.BR tc (8),',
    '.BR bpftool (8),',
    '.BR ip (8)',
    '',
  ].join('\n');
}
