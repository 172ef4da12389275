// States that are still to be looked at, the earliest first; of equals the one that came first.

/** A binary heap of (time, order, state). */
export class Agenda {
  private readonly heap: { readonly time: number; readonly order: number; readonly state: number }[] = [];
  private count = 0;

  get size(): number {
    return this.heap.length;
  }

  push(time: number, state: number): void {
    const entry = { time, order: this.count++, state };
    const { heap } = this;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  /** Null when nothing is left. */
  pop(): { readonly time: number; readonly state: number } | null {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first ?? null;
    let at = 0;
    for (let below = 1; below < heap.length; below = 2 * at + 1) {
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (!isBefore(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

interface Entry {
  readonly time: number;
  readonly order: number;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
