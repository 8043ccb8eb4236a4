// What came of an upload: how many were taken, which were not, and why.
import { fill, make, number, save, toCsv } from './common.js';

const FIRST_SHOWN = 50;

const tile = (name, value) => make('div', { class: 'tile' }, make('span', { text: name }), make('b', { text: number(value) }));

export function showLines(items) {
  const row = (item) => make('tr', {},
    make('td', {}, make('div', { class: 'line-file' }, item.preview ? make('img', { class: 'model small', src: item.preview, width: 28, height: 28, alt: '' }) : null,
      make('span', { class: 'wrap', text: item.name }))),
    make('td', { class: 'answer-cell', text: item.label ?? '–' }),
    make('td', {}, make('span', { class: `badge ${item.taken ? 'recognised' : 'failed'}`, text: item.taken ? 'Taken' : 'Not taken' }),
      item.message ? make('span', { class: 'why-not', text: item.message }) : null));
  const body = make('tbody', {}, ...items.slice(0, FIRST_SHOWN).map(row));
  const table = make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Each picture of the upload' },
    make('table', {}, make('thead', {}, make('tr', {}, ...['File', 'Label', 'What came of it'].map((name) => make('th', { scope: 'col', text: name })))),
      body));
  const rest = items.slice(FIRST_SHOWN);
  if (!rest.length) return [table];
  const more = make('button', { type: 'button', class: 'button', text: `Show ${number(rest.length)} more`, onclick: () => {
    body.append(...rest.map(row));
    more.remove();
    table.focus({ preventScroll: true });
  } });
  return [table, make('div', { class: 'buttons after' }, more)];
}

const exportLines = (items) => save('upload.csv', toCsv([['file', 'label', 'taken', 'reason'],
  ...items.map((item) => [item.name, item.label, item.taken ? 'yes' : 'no', item.message])]));

// Args: what the server answered to each part, and the files that never were sent.
export function showReport(root, answers, refused) {
  const items = [...answers.flatMap((answer) => answer.items),
    ...refused.map((row) => ({ name: row.name, label: row.label, taken: false, message: row.refusal, preview: row.preview }))];
  const taken = items.filter((item) => item.taken).length;
  const sorted = items.toSorted((a, b) => Number(a.taken) - Number(b.taken));
  const again = answers.some((answer) => answer.id && !answer.new);
  fill(root.querySelector('.report-body'),
    make('p', { class: 'soft', text: [
      again ? 'Some of it came before: it is kept once.' : '',
      taken ? 'Thank you. Next, automatic rules look at the pictures, and a person at those that they leave open; what is accepted is in the next training.' : 'Nothing was taken.',
    ].filter(Boolean).join(' ') }),
    make('div', { class: 'tiles' }, tile('Taken', taken), tile('Not taken', items.length - taken)),
    ...showLines(sorted),
    make('div', { class: 'buttons after' },
      make('button', { type: 'button', class: 'button', text: 'Download as CSV', onclick: () => exportLines(sorted) })));
}
