/** A list that is filled anew for every period and keeps its room: cutting a JavaScript array to no length gives the room back. */
export class NumberList {
  readonly #items: number[] = [];
  #size = 0;
  #isSettled = true;

  get size(): number {
    return this.#size;
  }

  at(index: number): number {
    return this.#items[index] ?? 0;
  }

  clear(): void {
    this.#size = 0;
    this.#isSettled = true;
  }

  push(number: number): void {
    const size = this.#size;
    if (size > 0 && number <= this.at(size - 1)) this.#isSettled = false;
    this.#items[size] = number;
    this.#size = size + 1;
  }

  /** Appends `first` plus each of some ascending places below a limit. */
  pushPlaces(first: number, places: readonly number[], below: number): void {
    if (this.#size > 0) this.#isSettled = false;
    const items = this.#items;
    let size = this.#size;
    for (const place of places) {
      if (place >= below) break;
      items[size] = first + place;
      size += 1;
    }
    this.#size = size;
  }

  /** Keeps, of the numbers from an index on, those that pass. */
  keep(from: number, passes: (number: number) => boolean): void {
    const end = this.#size;
    this.#size = from;
    for (let index = from; index < end; index += 1) {
      const number = this.at(index);
      if (passes(number)) this.push(number);
    }
  }

  /** Puts the numbers in ascending order, each once. Most lists are so already. */
  settle(): void {
    if (this.#isSettled) return;
    const items = this.#items;
    items.length = this.#size;
    items.sort((a, b) => a - b);
    this.clear();
    for (const item of items) if (this.#size === 0 || item !== this.at(this.#size - 1)) this.push(item);
  }
}

/** Fills a list with the places, from 0, that BYSETPOS chooses of a set of a given size: ascending, each once. */
export const choosePlaces = (places: NumberList, size: number, positions: readonly number[]): void => {
  places.clear();
  for (const position of positions) {
    const place = position > 0 ? position - 1 : size + position;
    if (place >= 0 && place < size) places.push(place);
  }
  places.settle();
};

/** What BYSETPOS leaves of an ascending list; without positions, all. */
export const chooseFrom = (list: readonly number[], positions: readonly number[]): readonly number[] => {
  if (positions.length === 0) return list;
  const places = new NumberList();
  choosePlaces(places, list.length, positions);
  return Array.from({ length: places.size }, (_, index) => list[places.at(index)] ?? 0);
};
