import { UsageError } from '../../loader/errors.js';
import { TooDenseError } from '../../schedule/metrics/elimination.js';
import { metricsOf, type Metrics } from '../../schedule/metrics/metrics.js';
import { buildTimedTree, RefutedError, TooManyStatesError, type TimedTree } from '../../schedule/metrics/timed-tree.js';
import { listTree } from '../../schedule/metrics/tree-walk.js';
import { unheardIn } from '../../schedule/metrics/unheard.js';
import type { System } from '../../schedule/verify/system.js';
import { TooManyWaysError } from '../../schedule/verify/too-many-ways.js';
import type { Command, Context } from '../command.js';
import { sayFailure, STATUS, type Failure } from '../failure.js';
import { toJson } from '../json.js';
import { metricsLines, metricsToJson } from '../metrics/report.js';
import { treeToDot, treeToMermaid } from '../metrics/tree.js';
import { NODE_OPTION, refuseNodeOption } from '../module-file.js';
import { PARAMS_OPTION } from '../params-file.js';
import { readSystem } from '../verify/input.js';
import { wholeNumber } from '../whole-number.js';

const MOST_STATES = 50_000;
const MOST_OF_MOST = 1_000_000;

/** Null: the schedule is refuted, which has been said. */
function treeOf({ err, out, json }: Context, system: System, most: number): TimedTree | null {
  try {
    return buildTimedTree(system, most);
  } catch (error) {
    if (error instanceof TooManyStatesError) {
      throw new UsageError(`${error.message}: allow more with --states, or name fewer programs`, { cause: error });
    }
    if (error instanceof TooManyWaysError)
      throw new UsageError(`${error.message}: name fewer programs`, { cause: error });
    if (!(error instanceof RefutedError)) throw error;
    const message = `there are no figures: ${error.message}: \`ncbpf verify\` shows the run`;
    const failure: Failure = { status: STATUS.programErrors, kind: error.name, message, detail: null };
    sayFailure(err, failure);
    if (json) out.line(toJson({ error: { kind: failure.kind, message, status: failure.status } }));
    return null;
  }
}

function figuresOf(tree: TimedTree): Metrics {
  try {
    return metricsOf(tree);
  } catch (error) {
    if (!(error instanceof TooDenseError)) throw error;
    const count = tree.states.length;
    throw new UsageError(`${error.message}, of ${count} in all: name fewer programs`, { cause: error });
  }
}

function warnOfUnheard({ err }: Context, system: System): void {
  for (const { file, line, name } of unheardIn(system)) {
    err.line(
      `${file}:${line}: warning: none of the nodes is a sender of ${name}, so nothing arrives: name the programs of all nodes, with their addresses in --network`,
    );
  }
}

/** `ncbpf metrics` */
export const metrics: Command = {
  words: ['metrics'],
  summary: 'how much of the wire a schedule uses, and how long one waits for it',
  onSignal: 'dies',
  description: [
    'Follows all that the programs can do together until states repeat: the timed tree. From how likely each way is it works out what happens in the long run: of ' +
      'each wire the utilisation and the overhead, of each channel and of ordinary traffic the average and the worst waiting time. docs/metrics.md defines them.',
    'The model is that of verify. A guard on data holds as often as `if GUARD probability P goto L` says, else half of the time; other guards do what the ' +
      'programs do. Byte strings are as long as they can be; a queue that applications fill is not empty at a `create`.',
    'With --json: {states, ends, endsAfterNs, wires, channels, ordinary, assumed, tree}; ratios are from 0 to 1, null is what does not exist or has no bound. ' +
      'The exit status is 1 where there are no figures: the programs collide, or there are too many states.',
  ],
  positionals: [{ name: 'FILE', kind: 'file', many: true }],
  options: [
    { name: 'tree', summary: 'the timed tree as well' },
    { name: 'emit', choices: ['dot', 'mermaid'], summary: 'the timed tree as a picture, in place of the figures' },
    { name: 'rate', argument: 'RATE', summary: 'speed of the links: 100mbit (default), 1gbit, ...' },
    { name: 'network', argument: 'FILE', summary: 'addresses, starts, links, switch and propagation, as JSON' },
    { name: 'states', argument: 'N', summary: `no more states than this (${MOST_STATES})` },
    PARAMS_OPTION,
    NODE_OPTION,
  ],
  examples: [
    { line: 'ncbpf metrics tx.nc rx.nc', what: 'two nodes on one wire' },
    { line: 'ncbpf metrics prog.nc --tree', what: 'with every instant and every way' },
    { line: 'ncbpf metrics prog.nc --emit dot >tree.dot', what: 'as a picture: then dot -Tsvg tree.dot' },
  ],
  async run(context) {
    const { out, json, positionals, option, flag } = context;
    const most = wholeNumber(context, 'states', { standard: MOST_STATES, least: 1, most: MOST_OF_MOST });
    const format = option('emit');
    refuseNodeOption(context, positionals);
    const system = await readSystem(context);
    if (system === null) return STATUS.programErrors;
    warnOfUnheard(context, system);
    const tree = treeOf(context, system, most);
    if (tree === null) return STATUS.programErrors;
    const edges = flag('tree') || format !== undefined ? listTree(tree) : null;
    if (format !== undefined && edges !== null) {
      const text = format === 'dot' ? treeToDot(edges) : treeToMermaid(edges);
      if (json) out.line(toJson({ emit: format, text }));
      else out.write(text);
    } else if (json) {
      out.line(metricsToJson(tree, figuresOf(tree), edges));
    } else {
      for (const line of metricsLines(tree, figuresOf(tree), edges)) out.line(line);
    }
    return STATUS.done;
  },
};
