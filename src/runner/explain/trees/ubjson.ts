/** UBJSON (draft 12), as XGBoost writes it, to JSON's values. The bytes are from elsewhere: nothing is allocated on their word. */
import { TreeFileError } from "./treeFileError";

/** XGBoost's models go 8 deep. */
const MOST_DEPTH = 64;

/** Bytes of a number, and how it is read; multi-byte ones are big-endian. */
const NUMBERS: Readonly<Record<string, [size: number, read: (view: DataView, at: number) => number]>> = {
  i: [1, (view, at) => view.getInt8(at)],
  U: [1, (view, at) => view.getUint8(at)],
  I: [2, (view, at) => view.getInt16(at)],
  l: [4, (view, at) => view.getInt32(at)],
  L: [8, (view, at) => Number(view.getBigInt64(at))],
  d: [4, (view, at) => view.getFloat32(at)],
  D: [8, (view, at) => view.getFloat64(at)],
};
const INTEGERS = "iUIlL";

/** Whether bytes begin as an object of UBJSON does: JSON's next character is white space, a quote or a brace. */
export function isUbjson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b && bytes.length > 1 && (INTEGERS + "$#").includes(String.fromCharCode(bytes[1]));
}

/** @throws TreeFileError where the bytes are broken or cut off. */
export function parseUbjson(bytes: Uint8Array): unknown {
  return new Reader(bytes).document();
}

class Reader {
  readonly #view: DataView;
  readonly #text = new TextDecoder("utf-8", { fatal: true });
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(): unknown {
    const value = this.#value(this.#marker(), 0);
    if (this.#at !== this.bytes.length) throw this.#broken("something follows its end");
    return value;
  }

  #value(marker: string, depth: number): unknown {
    if (depth > MOST_DEPTH) throw this.#broken("it is nested too deeply");
    if (Object.hasOwn(NUMBERS, marker)) return this.#number(marker);
    switch (marker) {
      case "Z":
        return null;
      case "T":
        return true;
      case "F":
        return false;
      case "C":
        return String.fromCharCode(this.#number("U"));
      case "S":
      case "H":
        return this.#string();
      case "[":
        return this.#array(depth);
      case "{":
        return this.#object(depth);
      default:
        throw this.#broken(`the marker ${JSON.stringify(marker)} is unknown`);
    }
  }

  #array(depth: number): unknown[] {
    const { type, count } = this.#container();
    const items: unknown[] = [];
    if (count === undefined) {
      for (let marker = this.#marker(); marker !== "]"; marker = this.#marker())
        items.push(this.#value(marker, depth + 1));
      return items;
    }
    // Each item takes a byte at least, so a count beyond the bytes ends in an error before much is allocated.
    for (let i = 0; i < count; i++) items.push(this.#value(type ?? this.#marker(), depth + 1));
    return items;
  }

  #object(depth: number): Record<string, unknown> {
    const { type, count } = this.#container();
    const entries: [string, unknown][] = [];
    const more = (): boolean => (count === undefined ? this.#peek() !== "}" : entries.length < count);
    while (more()) {
      const key = this.#string();
      entries.push([key, this.#value(type ?? this.#marker(), depth + 1)]);
    }
    if (count === undefined) this.#marker();
    // Not by assignment: a key may be __proto__.
    return Object.fromEntries(entries);
  }

  /** Type and number of a container's items, where it says so. */
  #container(): { type?: string; count?: number } {
    let type: string | undefined;
    if (this.#peek() === "$") {
      this.#marker();
      type = this.#marker();
      if (!Object.hasOwn(NUMBERS, type) && !"CSH[{".includes(type))
        throw this.#broken(`its items of type ${JSON.stringify(type)} have no bytes`);
      if (this.#peek() !== "#") throw this.#broken("a type is given without a count");
    }
    if (this.#peek() !== "#") return {};
    this.#marker();
    return { ...(type === undefined ? {} : { type }), count: this.#count() };
  }

  #string(): string {
    const length = this.#count();
    const from = this.#take(length);
    try {
      return this.#text.decode(this.bytes.subarray(from, from + length));
    } catch (error) {
      throw new TreeFileError(`a text at byte ${from} is not UTF-8.`, { cause: error });
    }
  }

  #count(): number {
    const marker = this.#marker();
    const count = INTEGERS.includes(marker) ? this.#number(marker) : -1;
    if (!Number.isSafeInteger(count) || count < 0) throw this.#broken("a length is no whole number");
    return count;
  }

  #number(marker: string): number {
    const [size, read] = NUMBERS[marker];
    return read(this.#view, this.#take(size));
  }

  #marker(): string {
    return String.fromCharCode(this.bytes[this.#take(1)]);
  }

  #peek(): string {
    if (this.#at >= this.bytes.length) throw this.#broken("it ends too early");
    return String.fromCharCode(this.bytes[this.#at]);
  }

  /** Goes past so many bytes. @returns where they begin. */
  #take(size: number): number {
    const from = this.#at;
    if (size > this.bytes.length - from) throw this.#broken("it ends too early");
    this.#at += size;
    return from;
  }

  #broken(why: string): TreeFileError {
    return new TreeFileError(`it is no UBJSON: at byte ${this.#at}, ${why}.`);
  }
}
