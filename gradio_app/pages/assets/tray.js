// What is about to be taught: each picture with what the model will see of it, and the
// label beside it to pick or to mend.
import { make, number } from './common.js';
import { makeThumbnail } from './thumbnails.js';

const SHOWN = 120;
const MOST_REASONS = 5;
// What a label mends; anything else is wrong with the picture itself.
const MENDED = new Set(['no_label', 'unknown_label']);
export const isReady = (row) => Boolean(row.label) && !row.refusal;
export const isRefused = (row) => Boolean(row.refusal);

// Take over what the rehearsal said of a picture.
export function judge(row, item, labels) {
  row.preview = item.preview;
  row.label ??= labels.includes(item.label) ? item.label : null;
  row.hint = item.code === 'unknown_label' ? `“${item.label}” is no label here.` : null;
  row.refusal = item.taken || MENDED.has(item.code) ? null : item.message;
}

// A label to pick: nothing but digits, none chosen for anybody.
export function makeLabelSelect(labels, chosen, name, onchange) {
  const select = make('select', { 'aria-label': name }, make('option', { value: '', text: '?' }),
    ...labels.map((label) => make('option', { value: label, text: label })));
  select.value = chosen ?? '';
  select.addEventListener('change', () => onchange(select.value || null));
  return select;
}

export function showPreview(row) {
  return row.preview
    ? make('img', { class: 'model', src: row.preview, width: 28, height: 28, alt: `What the model sees of ${row.name}` })
    : make('span', { class: 'model none', 'aria-hidden': 'true', text: row.refusal ? '–' : '…' });
}

function showTile(row, labels, changed) {
  const note = make('p', { class: 'tile-note', text: row.refusal ?? row.hint ?? '' });
  const kind = isRefused(row) ? 'refused' : isReady(row) ? 'ready' : 'open';
  const tile = make('li', { class: `digit-tile ${kind}` },
    make('div', { class: 'two' }, makeThumbnail(row.file), make('span', { class: 'arrow', 'aria-hidden': 'true', text: '→' }), showPreview(row)),
    make('p', { class: 'tile-name', text: row.name, title: row.name }),
    note,
    make('div', { class: 'tile-tools' },
      isRefused(row) ? make('span', { class: 'badge failed', text: 'Not taken' })
        : make('label', {}, make('span', { text: 'It is a' }), makeLabelSelect(labels, row.label, `Label of ${row.name}`, (label) => {
          row.label = label;
          row.hint = null;
          note.textContent = '';
          tile.className = `digit-tile ${isReady(row) ? 'ready' : 'open'}`;
          changed();
        })),
      make('button', { type: 'button', class: 'plain remove', text: '×', 'aria-label': `Leave out ${row.name}`,
        onclick: () => { row.gone = true; changed(true); } })));
  return tile;
}

// Why files of a zip would not be taken, each reason once, with a file that it holds for.
function showReasons(items) {
  const refused = items.filter((item) => !item.taken);
  const reasons = [...new Set(refused.map((item) => item.message))];
  if (!reasons.length) return null;
  return make('ul', { class: 'reasons soft' }, ...reasons.slice(0, MOST_REASONS).map((message) => {
    const [first, ...others] = refused.filter((item) => item.message === message);
    const names = others.length ? `${first.name} and ${number(others.length)} more` : first.name;
    return make('li', { text: `${names}: ${message ?? 'Not taken.'}` });
  }));
}

// A zip is opened by the server alone; here is what it found in it.
function showPackage(row, changed) {
  const { items } = row;
  const taken = items?.filter((item) => item.taken).length;
  const words = row.table ? 'A table of labels.' : row.refusal ?? (items ? `${number(taken)} of ${number(items.length)} files would be taken.` : 'Looking into it…');
  return make('div', { class: `package ${row.refusal ? 'refused' : ''}` },
    make('div', { class: 'package-head' }, make('b', { text: row.name }), make('span', { class: 'soft', text: words }),
      make('button', { type: 'button', class: 'plain remove', text: '×', 'aria-label': `Leave out ${row.name}`,
        onclick: () => { row.gone = true; changed(true); } })),
    items ? showReasons(items) : null,
    items ? make('ul', { class: 'seen-digits', tabindex: '0', 'aria-label': `What the model sees of ${row.name}` },
      ...items.slice(0, SHOWN).map((item) => make('li', { class: item.taken ? '' : 'refused', title: `${item.name}${item.message ? `: ${item.message}` : ''}` },
        showPreview(item), make('span', { text: item.taken ? item.label : '–' }))),
      items.length > SHOWN ? make('li', { class: 'more', text: `and ${number(items.length - SHOWN)} more` }) : null) : null);
}

// Show the tray; what a person has to do something about comes first.
export function showTray(root, { pictures, packages, labels, most }, changed, showMore) {
  const rank = (row) => (isRefused(row) ? 1 : isReady(row) ? 2 : 0);
  const sorted = pictures.toSorted((a, b) => rank(a) - rank(b));
  const tiles = sorted.slice(0, most).map((row) => showTile(row, labels, changed));
  if (sorted.length > most) {
    tiles.push(make('li', { class: 'more' }, make('button', { type: 'button', class: 'button',
      text: `Show ${number(Math.min(SHOWN, sorted.length - most))} more of ${number(sorted.length)}`, onclick: showMore })));
  }
  root.querySelector('.packages').replaceChildren(...packages.map((row) => showPackage(row, changed)));
  root.querySelector('.tiles-of-digits').replaceChildren(...tiles);
}
export const FIRST_SHOWN = SHOWN;
