/**
 * How records of images are kept in a database of collections. `collection` stands behind the prefix of all collections;
 * by the indexes, of ascending fields, it answers quickly: a term, such as that of a folder, leads to its rows in the order
 * that is asked for most.
 */
export const RECORD_ROWS = {
  collection: 'images',
  indexes: [
    { name: 'terms', fields: ['removed', 'terms', 'created', 'image_id'] },
    { name: 'name', fields: ['removed', 'name', 'image_id'] },
    { name: 'size', fields: ['removed', 'size', 'image_id'] },
    { name: 'sample', fields: ['sample', 'image_id'] },
  ],
} as const;
