// Strongly connected components (Tarjan 1972), without recursion: programs have up to 4096 instructions in a row.

interface Frame {
  readonly vertex: number;
  readonly rest: SetIterator<number>;
}

/** The groups of vertices that lie on a common cycle, a vertex with an edge to itself included. */
export function cyclicComponents(edges: readonly ReadonlySet<number>[]): number[][] {
  const search = new Search(edges);
  edges.forEach((_, vertex) => search.from(vertex));
  return search.components.filter(([first = 0, ...more]) => more.length > 0 || edges[first]?.has(first));
}

class Search {
  readonly components: number[][] = [];
  readonly #order: (number | undefined)[] = [];
  /** The earliest vertex on the stack that each vertex can get back to. */
  readonly #low: number[] = [];
  readonly #stack: number[] = [];
  readonly #onStack = new Set<number>();
  #visited = 0;

  constructor(readonly edges: readonly ReadonlySet<number>[]) {}

  from(start: number): void {
    if (this.#order[start] !== undefined) return;
    const frames = [this.#enter(start)];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const step = frame.rest.next();
      const value = step.done ? null : step.value;
      if (value === null) {
        frames.pop();
        this.#leave(frame.vertex, frames.at(-1)?.vertex);
      } else if (this.#order[value] === undefined) frames.push(this.#enter(value));
      else if (this.#onStack.has(value)) this.#lower(frame.vertex, this.#order[value] ?? 0);
    }
  }

  #enter(vertex: number): Frame {
    this.#order[vertex] = this.#low[vertex] = this.#visited++;
    this.#stack.push(vertex);
    this.#onStack.add(vertex);
    return { vertex, rest: (this.edges[vertex] ?? new Set<number>()).values() };
  }

  #leave(vertex: number, parent: number | undefined): void {
    const low = this.#low[vertex] ?? 0;
    if (parent !== undefined) this.#lower(parent, low);
    if (low !== this.#order[vertex]) return;
    const component = this.#stack.splice(this.#stack.lastIndexOf(vertex));
    for (const member of component) this.#onStack.delete(member);
    this.components.push(component);
  }

  #lower(vertex: number, low: number): void {
    this.#low[vertex] = Math.min(this.#low[vertex] ?? low, low);
  }
}
