// What is fuzzed: a reader, where its inputs come from, and what must hold for whatever it is given.

/** How inputs are taken to pieces when they are changed. */
export type Shape =
  | { readonly kind: 'text'; readonly words: readonly string[] }
  /** Records of `size` bytes. */
  | { readonly kind: 'records'; readonly size: number }
  /** Text within what `ncbpf build` writes, whose lengths and checksum are made right again. */
  | { readonly kind: 'bundle'; readonly words: readonly string[] };

export interface Reader {
  readonly shape: Shape;
  /** Where it begins; the first is read once before time is taken. */
  readonly seeds: () => readonly Uint8Array[];
  /**
   * Reads an input, and what is made of it again. What is returned says what was found, in words that do not change with the
   * names and numbers of the input: new ones count as coverage.
   * Throws when a promise is broken; never on account of a mistake in the input.
   */
  readonly play: (input: Uint8Array) => readonly string[];
}
