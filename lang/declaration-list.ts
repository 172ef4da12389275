// The declarations of a text as they are read: those without a name once, the others up to their limit. Both are
// judged while reading, so that the tree of a text of any size stays small.
import type { Diagnostic } from './diagnostic.js';
import { tooManyDeclared } from './mistakes/limits.js';
import { duplicateSetting } from './mistakes/syntax.js';
import { LIMITS } from './program.js';
import type { Declaration, NamedKind } from './tree.js';

/** What counts together: the plural of its name, and the kinds. */
const LIMITED: readonly { readonly plural: string; readonly kinds: readonly NamedKind[] }[] = [
  { plural: 'channels', kinds: ['channel'] },
  { plural: 'variables and queues', kinds: ['var', 'queue'] },
  { plural: 'messages', kinds: ['message'] },
  { plural: 'counters', kinds: ['counter'] },
  { plural: 'constants', kinds: ['const'] },
];

export class DeclarationList {
  readonly declarations: Declaration[] = [];
  readonly #settings = new Map<string, Declaration>();
  readonly #counts = new Map<string, number>();

  /** Takes a declaration, or says why not. One that is too many of its kind is reported once and then passed over. */
  add(declaration: Declaration): { readonly taken: boolean; readonly mistake: Diagnostic | null } {
    const limited = LIMITED.find(({ kinds }) => kinds.some((kind) => kind === declaration.kind));
    const mistake = limited ? this.#count(declaration, limited.plural) : this.#once(declaration);
    const taken = limited ? (this.#counts.get(limited.plural) ?? 0) <= LIMITS.declared : mistake === null;
    if (taken) this.declarations.push(declaration);
    return { taken, mistake };
  }

  #count(declaration: Declaration, plural: string): Diagnostic | null {
    const count = (this.#counts.get(plural) ?? 0) + 1;
    this.#counts.set(plural, count);
    const span = 'name' in declaration ? declaration.name.span : declaration.span;
    return count === LIMITS.declared + 1 ? tooManyDeclared(span, plural, LIMITS.declared) : null;
  }

  #once(declaration: Declaration): Diagnostic | null {
    const first = this.#settings.get(declaration.kind);
    if (first) return duplicateSetting(declaration.span, declaration.kind, first.span);
    this.#settings.set(declaration.kind, declaration);
    return null;
  }
}
