/** A queue whose first element is taken without moving all others. */

/** Taken elements at the front before the array is moved. */
const MOVE_AFTER = 1_000;

export class Fifo<T> {
  #items: T[] = [];
  #first = 0;

  get size(): number {
    return this.#items.length - this.#first;
  }

  /** The first element; undefined when it is empty. */
  get first(): T | undefined {
    return this.#items[this.#first];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the first element out. */
  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#first++];
    if (this.size === 0) this.takeAll();
    else if (this.#first > MOVE_AFTER && this.#first > this.size) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Takes everything out, in order. */
  takeAll(): T[] {
    const items = this.#items.slice(this.#first);
    this.#items = [];
    this.#first = 0;
    return items;
  }
}
