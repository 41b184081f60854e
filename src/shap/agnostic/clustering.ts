/** A binary hierarchy of players, as scipy's linkage writes it. */
export interface Clustering {
  /**
   * [players - 1] each: the children of cluster i, which has the number players + i. Below `players` they are players. The last
   * cluster holds all.
   */
  left: Int32Array;
  right: Int32Array;
  /** [players - 1]: the distance of the children; a negative one is not divided further. */
  distance: Float64Array;
}

/** Players of each node, [2 * players - 1]. */
export function membersOf({ left, right }: Clustering): number[][] {
  const players = left.length + 1;
  const members = Array.from({ length: players }, (_, player) => [player]);
  for (let i = 0; i < left.length; i++) members.push([...members[left[i]], ...members[right[i]]]);
  return members;
}
