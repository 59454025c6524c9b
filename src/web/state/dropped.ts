/** A file and the folder that it was dropped with. */
type FileInFolder = File & { inFolder?: string };

/** Reads what was dropped, folders with all that is in them. */
export async function readDropped(items: DataTransferItemList): Promise<readonly File[]> {
  // Entries are there only while the event is.
  const entries = [...items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null));
  const found = await Promise.all(entries.map((entry) => (entry === null ? [] : readEntry(entry, ''))));
  return found.flat();
}

/** Files that were chosen, with the folder that each was chosen with. */
export const readChosen = (files: FileList): readonly File[] =>
  [...files].filter(isVisible).map((file) => {
    const folder = file.webkitRelativePath.split('/').slice(0, -1).join('/');
    return folder === '' ? file : Object.assign(file, { inFolder: folder });
  });

/** Systems leave files of their own in folders. */
const isVisible = ({ name }: { readonly name: string }): boolean => !/^\.|^(Thumbs\.db|desktop\.ini)$/i.test(name);

async function readEntry(entry: FileSystemEntry, folder: string): Promise<readonly File[]> {
  if (!isVisible(entry)) return [];
  if (isFile(entry)) {
    const file: FileInFolder = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    if (folder !== '') file.inFolder = folder;
    return [file];
  }
  if (!isFolder(entry)) return [];
  const inside = folder === '' ? entry.name : `${folder}/${entry.name}`;
  const files: File[] = [];
  for (const child of await readFolder(entry.createReader())) files.push(...(await readEntry(child, inside)));
  return files;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

/** A reader gives a hundred at a time. */
async function readFolder(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
