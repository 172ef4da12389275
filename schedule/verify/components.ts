// Which states of a graph lead to each other.

/** The strongly connected component of each state (Tarjan 1972), without recursion: one of its states stands for it. */
export function components(size: number, successors: (state: number) => number[]): Int32Array {
  const order = new Int32Array(size).fill(-1);
  const low = new Int32Array(size);
  const component = new Int32Array(size).fill(-1);
  const stack: number[] = [];
  let count = 0;
  const visit = (root: number): void => {
    const calls: { readonly state: number; readonly next: number[]; at: number }[] = [];
    const enter = (state: number): void => {
      order[state] = low[state] = count++;
      stack.push(state);
      calls.push({ state, next: successors(state), at: 0 });
    };
    enter(root);
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { state, next } = call;
      const target = next[call.at++];
      if (target === undefined) {
        calls.pop();
        const above = calls.at(-1);
        if (above !== undefined) low[above.state] = Math.min(low[above.state]!, low[state]!);
        if (low[state] === order[state]) close(state);
      } else if (order[target] === -1) {
        enter(target);
      } else if (component[target] === -1) {
        low[state] = Math.min(low[state]!, order[target]!);
      }
    }
  };
  const close = (state: number): void => {
    for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
      component[each] = state;
      if (each === state) return;
    }
  };
  for (let state = 0; state < size; state += 1) if (order[state] === -1) visit(state);
  return component;
}
