// The queue of corrections: looked at as pictures, decided by keys, by hand or in bulk.
import { askJson, make, number, recall, remember, several } from './common.js';
import { guard } from './key.js';
import { fillCard, isDecided, makeCard, makeGroups } from './review_card.js';
import { openDetails, openKeys } from './review_details.js';

const PAGE_SIZE = 60;

export function start(root) {
  const filters = root.querySelector('.filters');
  const status = root.querySelector('.inside > .status');
  const queue = root.querySelector('.queue');
  const bar = root.querySelector('.decide');
  const pager = root.querySelector('.pager');
  const [before, next] = ['newer', 'older'].map((name) => pager.querySelector(`[data-do=${name}]`));
  const chosen = new Set();
  let [rows, cards, labels] = [[], [], []];
  let current = 0;
  let page = 1;
  let asked = 0;
  let chosenText = null;

  const reviewer = () => filters.elements.reviewer.value.trim();
  const headers = () => (reviewer() ? { 'X-Reviewer': encodeURIComponent(reviewer()) } : {});
  filters.elements.reviewer.value = recall('reviewer');

  // Move to a card: there is one tab stop in the whole queue.
  function go(place, focus = true) {
    if (!cards.length) return;
    cards[current]?.setAttribute('tabindex', '-1');
    current = Math.max(0, Math.min(cards.length - 1, place));
    cards[current].setAttribute('tabindex', '0');
    if (focus) cards[current].focus();
  }

  function choose(places, on) {
    for (const place of places) {
      const { id } = rows[place];
      if (on ?? !chosen.has(id)) chosen.add(id);
      else chosen.delete(id);
      cards[place].setAttribute('aria-selected', String(chosen.has(id)));
    }
    chosenText.textContent = chosen.size ? `${several(chosen.size, 'picture')} chosen` : 'The framed one is meant';
  }

  // Where up and down lead: the card of the next row that lies nearest.
  function beside(step) {
    const here = cards[current].getBoundingClientRect();
    const lines = cards.map((card, place) => ({ place, box: card.getBoundingClientRect() }))
      .filter(({ box }) => (step > 0 ? box.top >= here.bottom - 4 : box.bottom <= here.top + 4));
    if (!lines.length) return current;
    const line = step > 0 ? Math.min(...lines.map(({ box }) => box.top)) : Math.max(...lines.map(({ box }) => box.top));
    const near = lines.filter(({ box }) => Math.abs(box.top - line) < 8);
    return near.reduce((best, one) => (Math.abs(one.box.left - here.left) < Math.abs(best.box.left - here.left) ? one : best)).place;
  }

  async function decide(action, label) {
    const meant = chosen.size ? rows.filter(({ id }) => chosen.has(id)) : rows.slice(current, current + 1);
    if (!meant.length) return;
    status.textContent = '';
    try {
      const decisions = meant.map(({ id }) => ({ id, action, ...(label ? { label } : {}) }));
      const { items } = await askJson('api/review', { json: { decisions }, headers: headers(), withKey: true });
      take(items);
      choose(rows.keys(), false);
      status.textContent = `${several(items.length, 'picture')}: ${{ accept: 'accepted', reject: 'rejected', relabel: `accepted as ${label}` }[action]}.`;
      const open = [...rows.keys()].filter((place) => !isDecided(rows[place]));
      if (open.length) go(open.find((place) => place >= current) ?? open[0]);
      else finish();
    } catch (error) {
      status.textContent = error.message;
    }
  }

  function take(items) {
    for (const item of items) {
      const place = rows.findIndex(({ id }) => id === item.id);
      if (place < 0) continue;
      rows[place] = { ...rows[place], ...item };
      fillCard(cards[place], rows[place]);
    }
  }

  function finish() {
    if (queue.querySelector('.finished') || filters.elements.state.value !== 'quarantined') return;
    const more = make('button', { type: 'button', class: 'button primary', text: 'Look for more', onclick: () => refresh(true) });
    queue.append(make('div', { class: 'finished' }, make('p', { text: 'All of these are decided. Each can still be decided otherwise here.' }), more));
    more.focus();
  }

  function showBar() {
    const button = (text, key, act, kind = '') => make('button', { type: 'button', class: `button ${kind}`, 'aria-keyshortcuts': key, onclick: act }, text, make('kbd', { 'aria-hidden': 'true', text: key }));
    chosenText = make('p', { class: 'bar-text', role: 'status' });
    const names = make('div', { class: 'relabel', id: 'relabel', role: 'group', 'aria-label': 'Accept under another label' }, make('span', { text: 'It is a' }),
      ...labels.map((label) => make('button', { type: 'button', class: 'button', text: label, 'aria-label': `It is a ${label}`, onclick: () => decide('relabel', label) })));
    // Where there is no room for all labels, this opens them.
    const opener = make('button', { type: 'button', class: 'button other', 'aria-expanded': 'false', 'aria-controls': 'relabel', text: 'It is a …', onclick: () => {
      opener.setAttribute('aria-expanded', String(names.classList.toggle('open')));
    } });
    bar.replaceChildren(
      make('div', { class: 'bar-line' }, chosenText,
        make('button', { type: 'button', class: 'button', text: 'All', 'aria-label': 'Choose all shown', onclick: () => choose(rows.keys(), true) }),
        make('button', { type: 'button', class: 'button', text: 'None', 'aria-label': 'Choose none', onclick: () => choose(rows.keys(), false) }),
        make('button', { type: 'button', class: 'button', text: 'Look', 'aria-label': 'Look closer', onclick: look })),
      make('div', { class: 'bar-line' }, button('Accept', 'a', () => decide('accept'), 'good'), button('Reject', 'r', () => decide('reject'), 'danger'), opener, names));
  }

  function showQueue(found) {
    rows = found.items;
    cards = rows.map(makeCard);
    chosen.clear();
    bar.hidden = !rows.length;
    queue.replaceChildren(...(rows.length ? [make('div', { class: 'cards', role: 'listbox', 'aria-multiselectable': 'true', 'aria-label': 'Corrections' },
      ...makeGroups(rows, cards))] : []));
    pager.hidden = found.pages < 2;
    pager.querySelector('span').textContent = `Page ${number(page)} of ${number(found.pages)}`;
    before.disabled = page <= 1;
    next.disabled = page >= found.pages;
    if (rows.length) {
      showBar();
      choose([], false);
      go(0, false);
    }
  }

  async function refresh(focus = false) {
    asked += 1;
    const mine = asked;
    const query = new URLSearchParams({ page, page_size: PAGE_SIZE });
    for (const name of ['state', 'origin', 'label']) {
      if (filters.elements[name].value) query.set(name, filters.elements[name].value);
    }
    try {
      const found = await askJson(`api/review?${query}`, { withKey: true });
      if (mine !== asked) return;
      if (page > found.pages) {
        page = found.pages;
        await refresh(focus);
        return;
      }
      showQueue(found);
      status.textContent = found.total ? `${several(found.total, 'picture')}, the oldest first.`
        : filters.elements.state.value === 'quarantined' ? 'Nothing waits to be looked at.' : 'There are none.';
      if (focus) (cards[0] ?? root.querySelector('h1')).focus();
    } catch (error) {
      if (mine !== asked) return;
      status.textContent = error.message;
      showQueue({ items: [], pages: 1 });
    }
  }

  const look = () => rows[current] && openDetails(rows[current], { headers: headers(), changed: () => refresh() });
  const inGroup = () => [...rows.keys()].filter((place) => rows[place].group === rows[current].group);
  const KEYS = {
    ArrowRight: () => go(current + 1), j: () => go(current + 1), ArrowLeft: () => go(current - 1), k: () => go(current - 1),
    ArrowDown: () => go(beside(1)), ArrowUp: () => go(beside(-1)), Home: () => go(0), End: () => go(cards.length - 1),
    x: () => choose([current]), ' ': () => choose([current]), g: () => choose(inGroup(), true),
    Escape: () => choose(rows.keys(), false), Enter: look, a: () => decide('accept'), r: () => decide('reject') };

  queue.addEventListener('keydown', (event) => {
    if (!event.target.closest('[role=option]') || event.altKey) return;
    const { key } = event;
    const all = (event.ctrlKey || event.metaKey) && key === 'a';
    if ((event.ctrlKey || event.metaKey) && !all) return;
    if (all) choose(rows.keys(), true);
    else if (labels.includes(key)) decide('relabel', key);
    else if (KEYS[key]) KEYS[key]();
    else return;
    event.preventDefault();
  });
  queue.addEventListener('click', (event) => {
    const place = cards.indexOf(event.target.closest('[role=option]'));
    if (place < 0) return;
    go(place);
    choose([place]);
  });
  queue.addEventListener('dblclick', (event) => { if (event.target.closest('[role=option]')) look(); });
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, select, textarea, dialog');
    if (event.key === '?' && document.documentElement.dataset.page === 'review' && !typing) openKeys();
  });
  const again = () => { page = 1; refresh(); };
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('change', (event) => {
    if (event.target.name === 'reviewer') remember('reviewer', reviewer());
    else again();
  });
  root.querySelector('[data-do=refresh]').addEventListener('click', again);
  root.querySelector('[data-do=help]').addEventListener('click', openKeys);
  before.addEventListener('click', () => { page -= 1; refresh(true); });
  next.addEventListener('click', () => { page += 1; refresh(true); });

  return guard(root, {
    async enter() {
      const { class_names: names } = await askJson('api/model/info').catch(() => ({ class_names: [] }));
      labels = names;
      const select = filters.elements.label;
      if (select.options.length === 1) select.append(...names.map((name) => make('option', { value: name, text: name })));
      // Where the form of the key had the focus, the first picture gets it.
      await refresh(document.activeElement === document.body);
    },
  });
}
