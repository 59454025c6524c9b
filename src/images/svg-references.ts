// Elements that refer to others are drawn with them: ten levels of ten references each draw ten thousand million elements.

/** How many elements are drawn in all. */
const MAX_DRAWN = 1_000_000;
const MAX_NESTING = 500;

/** Elements under one id, those below that have an id of their own aside. */
interface Group {
  elements: number;
  readonly nested: Group[];
  readonly references: string[];
  /** With all that they refer to; 0 while it is being counted, since browsers draw no circles. */
  drawn?: number;
}

/** Counts what an image draws. */
export interface References {
  open(id: string | undefined, references: readonly string[]): void;
  close(): void;
  /** Whether references multiply the image beyond what can be drawn. */
  isTooMuch(): boolean;
}

/** Creates the count; elements are opened and closed as they are nested. */
export function createReferences(): References {
  const root: Group = { elements: 0, nested: [], references: [] };
  const byId = new Map<string, Group>();
  const open: Group[] = [root];

  const beginGroup = (id: string, parent: Group): Group => {
    const group: Group = { elements: 0, nested: [], references: [] };
    parent.nested.push(group);
    byId.set(id, group);
    return group;
  };

  const count = (group: Group, nesting: number): number => {
    if (group.drawn !== undefined) return group.drawn;
    if (nesting > MAX_NESTING) return Number.POSITIVE_INFINITY;
    group.drawn = 0;
    let drawn = group.elements;
    for (const nested of group.nested) drawn += count(nested, nesting + 1);
    for (const id of group.references) {
      const referred = byId.get(id);
      if (referred !== undefined) drawn += count(referred, nesting + 1);
    }
    group.drawn = drawn;
    return drawn;
  };

  return {
    open(id, references) {
      const parent = open.at(-1) ?? root;
      const group = id === undefined || byId.has(id) ? parent : beginGroup(id, parent);
      group.elements += 1;
      group.references.push(...references);
      open.push(group);
    },
    close: () => void open.pop(),
    isTooMuch: () => count(root, 0) > MAX_DRAWN,
  };
}
