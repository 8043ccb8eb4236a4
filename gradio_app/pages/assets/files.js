// Files as people give them: chosen, dropped with their folders, pasted; and the way to
// the server in parts that a request holds.
import { ask, Refusal } from './common.js';

const PART_FILES = 200;
const PART_BYTES = 6 << 20;
const MOST_TRIES = 5;
// What file managers leave behind, and what is hidden.
const LITTER = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/i;

const readEntries = (reader) => new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
const openEntry = (entry) => new Promise((resolve, reject) => { entry.file(resolve, reject); });

async function walk(entry, path, found) {
  if (entry.isFile) {
    found.push({ file: await openEntry(entry), name: `${path}${entry.name}` });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A folder comes in pieces of a hundred, and ends with none.
    const entries = await readEntries(reader);
    if (!entries.length) return;
    for (const one of entries) await walk(one, `${path}${entry.name}/`, found);
  }
}

const clean = (found) => found.filter(({ name }) => !LITTER.test(name));

// What was dropped, folders opened. Entries have to be taken before anything waits.
export async function gatherDropped(transfer) {
  const taken = [...transfer.items].filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = [];
  for (const { entry, file } of taken) {
    if (entry) await walk(entry, '', found);
    else if (file) found.push({ file, name: file.name });
  }
  return clean(found);
}

export const gatherChosen = (files) =>
  clean([...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));

// Rows with a file each, in parts that a request holds; a large file goes alone.
export function divide(rows) {
  const parts = [];
  let bytes = Infinity;
  for (const row of rows) {
    if (bytes + row.file.size > PART_BYTES || parts.at(-1).length >= PART_FILES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1).push(row);
    bytes += row.file.size;
  }
  return parts;
}

const wait = (seconds) => new Promise((resolve) => { setTimeout(resolve, 1000 * seconds); });

// Send a part; when the server has no room it says how long to wait.
export async function sendPart(form, { rehearse, signal }) {
  for (let turn = 1; ; turn += 1) {
    try {
      const answer = await ask(`api/upload/training-data${rehearse ? '?dry_run=true' : ''}`,
        { method: 'POST', body: form, signal });
      return await answer.json();
    } catch (error) {
      const busy = error instanceof Refusal && !['no_model', 'quota'].includes(error.code)
        && ([429, 503].includes(error.status) || (error.status === 0 && turn < 2));
      if (!busy || turn >= MOST_TRIES) throw error;
      await wait(Math.min(30, error.retryAfter || 1));
      if (signal?.aborted) throw error;
    }
  }
}
