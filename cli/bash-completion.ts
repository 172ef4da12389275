// Completion for bash, out of the table: a script that asks nobody while it completes.
import { COMMON_OPTIONS, type Command, type OptionSpec } from './command.js';

function optionWords(options: readonly OptionSpec[]): string {
  return [...options, ...COMMON_OPTIONS].map(({ name }) => `--${name}`).join(' ');
}

/** Lines of a `case` that answer an option's argument. */
function argumentCases(commands: readonly Command[]): string[] {
  const specs = commands.flatMap(({ options }) => options).filter(({ argument, choices }) => argument ?? choices);
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  return [...byName.values()].map(({ name, short, choices }) => {
    const pattern = short === undefined ? `--${name}` : `--${name}|-${short}`;
    const answer =
      choices === undefined ? 'compgen -f -- "$current"' : `compgen -W "${choices.join(' ')}" -- "$current"`;
    return `    ${pattern}) COMPREPLY=( $(${answer}) ); return ;;`;
  });
}

const ANSWERS = {
  file: 'compgen -f -- "$current"',
  interface: 'compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$current"',
  variable: 'compgen -W "$(_ncbpf_variables "${words[position_of_interface]}")" -- "$current"',
  text: 'true',
} as const;

function commandCase(command: Command): string[] {
  const kinds = command.positionals.map(({ kind }, index) => {
    const last = index === command.positionals.length - 1 && command.positionals[index]?.many === true;
    return `        ${last ? '*' : index}) COMPREPLY=( $(${ANSWERS[kind]}) ) ;;`;
  });
  return [
    `    "${command.words.join(' ')}")`,
    `      if [[ $current == -* ]]; then COMPREPLY=( $(compgen -W "${optionWords(command.options)}" -- "$current") ); return; fi`,
    ...(kinds.length > 0
      ? [`      case $((COMP_CWORD - 1 - ${command.words.length})) in`, ...kinds, '      esac']
      : []),
    '      ;;',
  ];
}

/** The script; `ncbpf install` puts it where bash looks for it. */
export function bashCompletion(commands: readonly Command[]): string {
  const groups = [...new Set(commands.filter(({ words }) => words.length > 1).map(({ words }) => words[0] ?? ''))];
  const first = [...new Set(commands.map(({ words }) => words[0] ?? ''))];
  const seconds = (group: string) =>
    commands.filter(({ words }) => words[0] === group).map(({ words }) => words[1] ?? '');
  return [
    '# bash completion for ncbpf, made by `ncbpf completion bash`',
    '_ncbpf_variables() {',
    '  local file="${NCBPF_RUN_ROOT:-/run/ncbpf}/$1.vars"',
    '  [[ -r $file ]] && tail -n +2 "$file" | cut -d " " -f 1',
    '}',
    '_ncbpf() {',
    '  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}',
    '  local words=("${COMP_WORDS[@]}") position_of_interface=2',
    '  COMPREPLY=()',
    `  if (( COMP_CWORD == 1 )); then COMPREPLY=( $(compgen -W "${first.join(' ')} --help --version" -- "$current") ); return; fi`,
    ...groups.flatMap((group) => [
      `  if [[ $command == ${group} ]]; then`,
      `    if (( COMP_CWORD == 2 )); then COMPREPLY=( $(compgen -W "${seconds(group).join(' ')}" -- "$current") ); return; fi`,
      '    command="$command ${COMP_WORDS[2]}" position_of_interface=3',
      '  fi',
    ]),
    '  case $previous in',
    ...argumentCases(commands),
    '  esac',
    '  case $command in',
    ...commands.flatMap(commandCase),
    '  esac',
    '}',
    'complete -o filenames -F _ncbpf ncbpf',
    '',
  ].join('\n');
}
