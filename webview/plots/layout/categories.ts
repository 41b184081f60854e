/** Columns that are one category each, as `csv()` makes them of a table's: "sex: 1" and "sex: 2", 1 where it holds and else 0. */

export interface Category {
  /** The table's column. */
  column: string;
  category: string;
}

const NAME = /^(.+?): (.+)$/s;

/**
 * The features that are named as categories of one column, of which there are at least two.
 *
 * @returns one entry a feature, undefined for those that are something else.
 */
export function categoriesOf(names: readonly string[]): (Category | undefined)[] {
  const parsed = names.map((name) => {
    const [, column, category] = NAME.exec(name) ?? [];
    return column === undefined || category === undefined ? undefined : { column, category };
  });
  const counts = new Map<string, number>();
  for (const found of parsed) if (found) counts.set(found.column, (counts.get(found.column) ?? 0) + 1);
  return parsed.map((found) => (found && (counts.get(found.column) ?? 0) > 1 ? found : undefined));
}

/** "sex = 2", or "sex ≠ 2". */
export function categoryText({ column, category }: Category, holds: boolean): string {
  return `${column} ${holds ? "=" : "≠"} ${category}`;
}
