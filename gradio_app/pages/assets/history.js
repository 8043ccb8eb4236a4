// What was predicted before: one's own session, or everybody's with the key.
import { ask, askJson, classNames, confirm, hasKey, make, number, onKey, save, several, shortTime, time, verdictBadge, wordConfidence } from './common.js';
import { fillKeyPlace } from './key.js';

const PAGE_SIZE = 25;
const DOORS = { draw: 'Draw', upload: 'Upload', rest: 'program', batch: 'batch' };
const HEAD = ['When', 'Answer', 'Verdict', 'Confidence', 'Most likely', 'From', 'Time', 'Release'];

function showRow(row) {
  const likely = Object.entries(row.probabilities)
    .filter(([, share]) => share >= 0.0005).sort((a, b) => b[1] - a[1])
    .map(([name, share]) => `${name}: ${wordConfidence(share)}`.replaceAll(' ', '\u00a0')).join(', ');
  return make('tr', {},
    make('td', { class: 'short', text: shortTime(row.time), title: time(row.time) }),
    make('td', { class: 'answer-cell', text: row.label ?? '–' }),
    make('td', {}, verdictBadge(row.verdict)),
    make('td', { class: 'figure', text: row.verdict === 'empty' ? '–' : wordConfidence(row.confidence) }),
    make('td', { class: 'likely', text: likely || '–' }),
    make('td', { text: DOORS[row.door] ?? row.door }),
    make('td', { class: 'figure', text: `${number(row.elapsed_ms, 1)} ms` }),
    make('td', {}, make('code', { text: row.model_version })));
}

function showTable(items) {
  return make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Predictions' },
    make('table', {},
      make('thead', {}, make('tr', {}, ...HEAD.map((name) => make('th', {
        scope: 'col', class: ['Confidence', 'Time'].includes(name) ? 'figure' : '', text: name })))),
      make('tbody', {}, ...items.map(showRow))));
}

export function start(root) {
  const filters = root.querySelector('.filters');
  const status = root.querySelector('.status');
  const list = root.querySelector('.list');
  const pager = root.querySelector('.pager');
  const [newer, older] = ['newer', 'older'].map((name) => pager.querySelector(`[data-do=${name}]`));
  const [forget, download] = ['forget', 'export'].map((name) => root.querySelector(`[data-do=${name}]`));
  let page = 1;
  let asked = 0;

  const isAll = () => hasKey() && filters.elements.whose.value === 'all';
  const isFiltered = () => ['label', 'verdict', 'door'].some((name) => filters.elements[name].value);
  function address(extra) {
    const query = new URLSearchParams(extra);
    for (const name of ['label', 'verdict', 'door']) {
      const { value } = filters.elements[name];
      if (value) query.set(name, value);
    }
    if (isAll()) query.set('scope', 'all');
    return `api/history?${query}`;
  }

  function tellWhose() {
    root.querySelector('.lead .of').textContent = isAll() ? 'What was read for everybody' : 'What was read for you in this browser';
    download.textContent = isAll() ? 'Download everybody\'s as CSV' : 'Download as CSV';
  }

  async function refresh() {
    tellWhose();
    asked += 1;
    const mine = asked;
    try {
      const found = await askJson(address({ page, page_size: PAGE_SIZE }), { withKey: isAll() });
      if (mine !== asked) return;
      if (page > found.pages) {
        page = found.pages;
        await refresh();
        return;
      }
      status.textContent = found.total ? `${several(found.total, 'prediction')}`
        : isFiltered() ? 'Nothing matches: choose another answer, verdict or door.'
          : 'Nothing here yet: draw a digit, or upload a picture.';
      list.replaceChildren(...(found.total ? [showTable(found.items)] : []));
      pager.hidden = found.pages < 2;
      pager.querySelector('span').textContent = `Page ${number(page)} of ${number(found.pages)}`;
      newer.disabled = page <= 1;
      older.disabled = page >= found.pages;
    } catch (error) {
      if (mine !== asked) return;
      status.textContent = error.message;
      list.replaceChildren();
      pager.hidden = true;
    }
  }

  async function fillLabels() {
    const select = filters.elements.label;
    if (select.options.length > 1) return;
    select.append(...(await classNames()).map((name) => make('option', { value: name, text: name })));
  }

  async function exportRows() {
    try {
      const answer = await ask(address({ format: 'csv' }), { withKey: isAll() });
      save(isAll() ? 'history-of-everybody.csv' : 'history.csv', await answer.blob());
    } catch (error) {
      status.textContent = error.message;
    }
  }

  async function forgetMine() {
    const sure = await confirm('Delete my data',
      make('p', { text: 'Every prediction, correction and stored picture of this browser is deleted. This cannot be taken back.' }));
    if (!sure) return;
    try {
      const gone = await (await ask('api/history', { method: 'DELETE' })).json();
      page = 1;
      await refresh();
      status.textContent = `Deleted: ${several(gone.predictions, 'prediction')}, ${several(gone.feedback, 'correction')}, ${several(gone.images, 'picture')}.`;
    } catch (error) {
      status.textContent = error.message;
    }
    forget.focus();
  }

  const again = () => {
    page = 1;
    refresh();
  };
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('change', again);
  root.querySelector('[data-do=refresh]').addEventListener('click', again);
  newer.addEventListener('click', () => { page -= 1; refresh(); });
  older.addEventListener('click', () => { page += 1; refresh(); });
  download.addEventListener('click', exportRows);
  forget.addEventListener('click', forgetMine);
  fillKeyPlace(root.querySelector('.key .asks'));
  const onWhose = () => {
    root.querySelector('.everybody').hidden = !hasKey();
    filters.elements.whose.value = hasKey() ? 'all' : 'session';
  };
  onKey(() => { onWhose(); again(); });
  onWhose();
  return { enter() { fillLabels(); refresh(); } };
}
