// The standard library that modules are checked against: what the compiler can evaluate, and what TypeScript itself asks for.
// The real one is not used: it has a thousand things that a program cannot use, and reading it takes ten times as long as
// everything else.

/** The text of the declarations. */
export const LIBRARY = `
interface Boolean {}
interface Number {}
interface Object {}
interface Function {
  readonly name: string;
  readonly length: number;
  prototype: any;
  apply(this: Function, self: any, list?: any): any;
  call(this: Function, self: any, ...list: any[]): any;
  bind(this: Function, self: any, ...list: any[]): any;
}
interface CallableFunction extends Function {}
interface NewableFunction extends Function {}
interface IArguments {}
interface RegExp {}
interface Symbol {}
interface BigInt {}
interface String { readonly length: number; readonly [index: number]: string; [Symbol.iterator](): IterableIterator<string>; }
interface ReadonlyArray<T> { readonly length: number; readonly [index: number]: T; [Symbol.iterator](): ArrayIterator<T>; }
interface Array<T> { readonly length: number; [index: number]: T; [Symbol.iterator](): ArrayIterator<T>; }
interface TemplateStringsArray extends ReadonlyArray<string> { readonly raw: readonly string[]; }
interface SymbolConstructor { readonly iterator: unique symbol; }
declare var Symbol: SymbolConstructor;
interface IteratorYieldResult<T> { done?: false; value: T; }
interface IteratorReturnResult<T> { done: true; value: T; }
type IteratorResult<T, R = any> = IteratorYieldResult<T> | IteratorReturnResult<R>;
interface Iterator<T, R = any, N = any> { next(...values: [] | [N]): IteratorResult<T, R>; }
interface Iterable<T, R = any, N = any> { [Symbol.iterator](): Iterator<T, R, N>; }
interface IterableIterator<T, R = any, N = any> extends Iterator<T, R, N> { [Symbol.iterator](): IterableIterator<T, R, N>; }
interface IteratorObject<T, R = unknown, N = unknown> extends Iterator<T, R, N> { [Symbol.iterator](): IteratorObject<T, R, N>; }
interface ArrayIterator<T> extends IteratorObject<T, undefined, unknown> { [Symbol.iterator](): ArrayIterator<T>; }
type BuiltinIteratorReturn = undefined;
type Readonly<T> = { readonly [P in keyof T]: T[P] };
type Partial<T> = { [P in keyof T]?: T[P] };
type Record<K extends string | number, T> = { [P in K]: T };
type NoInfer<T> = intrinsic;
type ErrorOptions = { cause?: unknown };
interface Error { message: string; }
interface ErrorConstructor { new (message?: string, options?: ErrorOptions): Error; }
declare var Error: ErrorConstructor;
interface ObjectConstructor { freeze<T>(value: T): T; }
declare var Object: ObjectConstructor;
interface Math {
  abs(x: number): number;
  ceil(x: number): number;
  floor(x: number): number;
  max(...values: number[]): number;
  min(...values: number[]): number;
  round(x: number): number;
  trunc(x: number): number;
}
declare var Math: Math;
`;
