// A run as text: what each node did, instant by instant.
import type { Trace, TraceEvent } from './trace.js';

const NS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['us', 1e3],
] as const;

/** A duration or instant to its last nanosecond: `7.5 ms`. */
export function exactTime(ns: number): string {
  const [unit, scale] = NS.find(([, each]) => Math.abs(ns) >= each) ?? ['ns', 1];
  return `${ns / scale} ${unit}`;
}

/** The last events of a long run; those before are said to be left out. */
const MOST_EVENTS = 60;

/** Lines of text, without a line break at their ends. */
export function renderTimeline(trace: Trace): string[] {
  const events = trace.events.filter(({ event }) => event !== 'block');
  const shown = events.slice(-MOST_EVENTS);
  const width = Math.max(4, ...trace.nodes.map(({ node }) => node.length));
  const times = Math.max(...shown.map(({ at }) => exactTime(at).length), 1);
  const lines = shown.map((event) => {
    const place = `${event.file}:${event.line}`;
    return `  ${exactTime(event.at).padStart(times)}  ${event.node.padEnd(width)}  ${eventWords(event)}  (${place})`;
  });
  const left = events.length - shown.length;
  const loop = trace.loop === undefined ? [] : [`  ... and again every ${exactTime(trace.loop.period)}, for ever`];
  return [...(left > 0 ? [`  ... ${left} events before`] : []), ...lines, ...loop];
}

/** What an event is, said of its node. */
export function eventWords(event: TraceEvent): string {
  const channel = event.channel ?? '';
  switch (event.event) {
    case 'guard':
      return `the guard ${event.value === true ? 'holds' : 'does not hold'}`;
    case 'queue':
      return `the queue is ${event.value === true ? 'empty' : 'not empty'}`;
    case 'send':
      return `sends ${frameWords(event)} on ${channel}, on the wire ${exactTime(event.starts ?? 0)} to ${exactTime(event.ends ?? 0)}`;
    case 'suppressed':
      return 'is too late to send';
    case 'receive':
      return 'receives';
    case 'wait_for_sync':
      return 'begins to wait for a sync frame';
    case 'sync':
      return 'goes on with the sync frame';
    case 'timeout':
      return 'has waited in vain for a sync frame';
    case 'arrival':
      return `gets ${frameWords(event)} on ${channel} from ${event.from ?? ''}`;
    case 'lost':
      return `does not get ${frameWords(event)} on ${channel} from ${event.from ?? ''}: it is lost`;
    case 'unawaited':
      return `gets ${frameWords(event)} on ${channel} from ${event.from ?? ''}, which it does not wait for`;
    case 'gate':
      return 'moves its gate';
    case 'stop':
      return event.reason === undefined ? 'ends' : `stops with ${event.reason}`;
    case 'block':
      return event.late === true ? 'goes on late' : 'goes on';
  }
}

function frameWords({ type, bytes }: TraceEvent): string {
  return type === 'sync' ? 'a sync frame' : `${bytes ?? 0} bytes`;
}
