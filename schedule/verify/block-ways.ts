// The ways through a block: those that meet again are followed once, and are together as likely as each by itself.
import { draftKey, type Draft } from './draft.js';
import { TooManyWaysError } from './too-many-ways.js';

/** So many stops of one block are followed: some thousand bytes each. */
const MOST_STOPS = 1 << 18;

/** Where a way has come to. */
export interface Stop {
  readonly draft: Draft;
  probability: number;
  /** Ways that come here and have not been weighed. */
  before: number;
  readonly next: { readonly stop: Stop; readonly share: number }[];
}

/** The ways through one block, as a graph without cycles. */
export class BlockWays {
  readonly first: Stop;
  private readonly known = new Map<string, Stop>();

  constructor(draft: Draft) {
    this.first = { draft, probability: 1, before: 0, next: [] };
  }

  /**
   * The stops at which nobody has been, of those that one instruction leads to.
   * @throws TooManyWaysError
   */
  goOn(from: Stop, ways: readonly Draft[]): Stop[] {
    // Until ways part none can meet another; the draft is the one that was changed.
    if (ways.length === 1 && this.known.size === 0) return [from];
    const fresh: Stop[] = [];
    for (const draft of ways) {
      const key = draftKey(draft);
      let stop = this.known.get(key);
      if (stop === undefined) {
        stop = { draft, probability: 0, before: 0, next: [] };
        this.known.set(key, stop);
        fresh.push(stop);
        if (this.known.size > MOST_STOPS) throw new TooManyWaysError();
      }
      stop.before += 1;
      from.next.push({ stop, share: draft.share });
    }
    return fresh;
  }

  /** When all ways have come to their ends: says how likely each stop is. */
  weigh(): void {
    const ready = [this.first];
    for (let stop = ready.pop(); stop !== undefined; stop = ready.pop()) {
      for (const { stop: next, share } of stop.next) {
        next.probability += stop.probability * share;
        next.before -= 1;
        if (next.before === 0) ready.push(next);
      }
    }
  }
}
