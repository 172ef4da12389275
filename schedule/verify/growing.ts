// Lists of numbers that grow without objects.

const FIRST = 1024;

/** A list of whole numbers from 0 to 2^32 - 1. */
export class Uint32List {
  length = 0;
  private items = new Uint32Array(FIRST);

  push(value: number): number {
    if (this.length === this.items.length) {
      const larger = new Uint32Array(2 * this.length);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.length] = value;
    this.length += 1;
    return this.length - 1;
  }

  at(index: number): number {
    return this.items[index]!;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  get bytes(): number {
    return this.items.byteLength;
  }
}

/** A list of numbers of any kind. */
export class Float64List {
  length = 0;
  private items = new Float64Array(FIRST);

  push(value: number): number {
    if (this.length === this.items.length) {
      const larger = new Float64Array(2 * this.length);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.length] = value;
    this.length += 1;
    return this.length - 1;
  }

  at(index: number): number {
    return this.items[index]!;
  }

  set(index: number, value: number): void {
    this.items[index] = value;
  }

  get bytes(): number {
    return this.items.byteLength;
  }
}
