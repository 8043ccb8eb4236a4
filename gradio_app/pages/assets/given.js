// What was taught from this browser before, or with the key by everybody; each upload
// can be taken back.
import { askJson, confirm, hasKey, make, number, onKey, openDialog, shortTime, time } from './common.js';
import { showLines } from './report.js';

const PAGE_SIZE = 10;
const STATES = { quarantined: 'to be looked at', accepted: 'accepted', rejected: 'rejected', withdrawn: 'taken back' };
const nameOf = (upload) => upload.name ?? 'An upload';
const wordStates = (states) => Object.keys(STATES).filter((state) => states[state])
  .map((state) => `${number(states[state])} ${STATES[state]}`).join(', ') || '–';

// What was taken back is deleted in the end: then no state is left.
const isTakenBack = ({ states }) => Object.keys(states).every((state) => state === 'withdrawn');

export function startGiven(root) {
  const status = root.querySelector('.given-status');
  const list = root.querySelector('.list');
  const title = root.querySelector('h2');
  let page = 1;
  let shown = false;

  async function withdraw(upload) {
    const sure = await confirm('Take it back', make('p', {
      text: `${nameOf(upload)}: its pictures are deleted, and the next training is without them. This cannot be undone.` }));
    if (!sure) return;
    try {
      const done = hasKey()
        ? await askJson('api/withdraw', { json: { upload: upload.id, reason: 'Withdrawn from the list of uploads.' }, withKey: true })
        : await askJson(`api/uploads/${encodeURIComponent(upload.id)}`, { method: 'DELETE' });
      await refresh();
      status.textContent = done.message ?? `Taken back: ${nameOf(upload)}.`;
    } catch (error) {
      status.textContent = error.message;
    }
  }

  function openReport(upload) {
    openDialog(nameOf(upload), make('h2', { text: nameOf(upload) }), ...showLines(upload.items));
  }

  const showRow = (upload) => make('tr', {},
    make('td', { class: 'short', text: shortTime(upload.time), title: time(upload.time) }),
    make('td', { class: 'wrap', text: nameOf(upload) }),
    make('td', { class: 'figure', text: number(upload.taken) }),
    make('td', { class: 'figure', text: number(upload.refused) }),
    make('td', { text: wordStates(upload.states) }),
    make('td', {}, make('div', { class: 'buttons tight' },
      make('button', { type: 'button', class: 'button', text: 'Report', 'aria-label': `Report of ${nameOf(upload)}`, onclick: () => openReport(upload) }),
      isTakenBack(upload) ? '' : make('button', { type: 'button', class: 'button danger', text: 'Take back', 'aria-label': `Take back ${nameOf(upload)}`, onclick: () => withdraw(upload) }))));

  async function refresh() {
    shown = true;
    title.textContent = hasKey() ? 'What everybody gave' : 'What you gave';
    try {
      const found = await askJson(`api/uploads?scope=${hasKey() ? 'all' : 'own'}&page=${page}&page_size=${PAGE_SIZE}`, { withKey: hasKey() });
      status.textContent = found.total ? '' : hasKey() ? 'Nothing yet from anybody.' : 'Nothing yet from this browser.';
      list.replaceChildren(...(found.total ? [make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Uploads' },
        make('table', {}, make('thead', {}, make('tr', {}, make('th', { scope: 'col', text: 'When' }), make('th', { scope: 'col', text: 'What' }),
          make('th', { scope: 'col', class: 'figure', text: 'Taken' }), make('th', { scope: 'col', class: 'figure', text: 'Not taken' }), make('th', { scope: 'col', text: 'Now' }), make('td', {}))),
        make('tbody', {}, ...found.items.map(showRow)))),
      found.pages > 1 ? make('nav', { class: 'pager', 'aria-label': 'Pages of uploads' },
        make('button', { type: 'button', class: 'button', text: 'Newer', disabled: page <= 1, onclick: () => { page -= 1; refresh(); } }),
        make('span', { text: `Page ${number(page)} of ${number(found.pages)}` }),
        make('button', { type: 'button', class: 'button', text: 'Older', disabled: page >= found.pages, onclick: () => { page += 1; refresh(); } })) : ''] : []));
    } catch (error) {
      status.textContent = error.message;
      list.replaceChildren();
    }
  }
  onKey(() => { page = 1; if (shown) refresh(); });
  return { refresh };
}
