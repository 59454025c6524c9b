/** Takes what is called so out of a list. @returns what is left, and what puts it back where it was into the list of then */
export function takeOut<Item extends { readonly name: string }>(items: readonly Item[], names: ReadonlySet<string>) {
  const hidden = items.flatMap((item, index) => (names.has(item.name) ? [{ item, index }] : []));
  return {
    left: hidden.length === 0 ? items : items.filter(({ name }) => !names.has(name)),
    putBack: (now: readonly Item[], only: ReadonlySet<string>): readonly Item[] => {
      const back = [...now];
      // What was read again meanwhile is there already.
      const there = new Set(back.map(({ name }) => name));
      for (const { item, index } of hidden) {
        if (only.has(item.name) && !there.has(item.name)) back.splice(index, 0, item);
      }
      return back;
    },
  };
}
