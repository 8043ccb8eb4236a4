// Whether people draw as before: asked once a minute at most, as it is found no oftener.
import { askJson, fill, make, number, several } from './common.js';

const SECONDS = 60;
const FIGURES = ['Before', 'Now', 'Distance', 'By chance'];
const COMPARISONS = {
  from_checked: (count) => `those to ${several(count, 'image')} the model was checked with`,
  in_use: (count) => `its first ${number(count)}`,
};
// The worst comes first and is open; the other is a tap away.
const STATES = ['confirmed', 'suspected', 'none'];
const keepUnits = (text) => text.replaceAll(' %', '\u00a0%');

function showRow(column) {
  const badge = column.differs ? make('span', { class: 'badge unsure', text: 'differs' }) : null;
  const texts = [column.before_text, column.now_text, number(column.distance, 2), number(column.chance, 2)];
  return make('tr', {}, make('th', { scope: 'row' }, `${column.what} `, badge),
    ...texts.map((text) => make('td', { class: 'figure', text: keepUnits(text) })));
}

function showComparison(name, { window, reference, families }, open) {
  const title = `The latest ${several(window, 'answer')} against ${COMPARISONS[name](reference)}`;
  const columns = Object.values(families).flatMap((family) => Object.values(family.columns));
  return make('details', { open, 'data-name': name }, make('summary', { text: title }),
    make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title },
      make('table', {}, make('thead', {}, make('tr', {}, make('th', { scope: 'col', text: 'What' }),
        ...FIGURES.map((text) => make('th', { scope: 'col', class: 'figure', text })))),
      make('tbody', {}, ...columns.map(showRow)))));
}

// What somebody has opened or closed stays so.
function showTables(found, place) {
  const shown = Object.keys(COMPARISONS).filter((name) => STATES.includes(found[name]?.state))
    .sort((a, b) => STATES.indexOf(found[a].state) - STATES.indexOf(found[b].state));
  if (!shown.length) return [];
  const isOpen = (name) => place.querySelector(`[data-name=${name}]`)?.open ?? name === shown[0];
  return [
    ...shown.map((name) => showComparison(name, found[name], isOpen(name))),
    make('p', { class: 'soft fine', text: 'Before and now are the values in the middle, or the share that changed most. '
      + 'The distance is 0 for alike and 1 for nothing in common; by chance alone it stays under the last figure 95 times in 100. '
      + `It counts from ${number(found.settings.smallest, 2)} on, where chance hardly ever gives as much.` })];
}

export function followDrift(section) {
  const [sentence, tables] = ['.sentence', '.tables'].map((name) => section.querySelector(name));
  let until = 0;
  let version = null;
  let asked = 0;

  async function look(serving) {
    const now = Date.now();
    if (serving === version && now < until) return;
    [version, until] = [serving, now + 1000 * SECONDS];
    asked += 1;
    const own = asked;
    try {
      const found = await askJson('api/drift');
      // Another release may be served by now, or the section be hidden.
      if (own !== asked) return;
      sentence.textContent = keepUnits(found.sentence);
      sentence.classList.toggle('notice', ['suspected', 'confirmed'].includes(found.state));
      fill(tables, ...showTables(found, tables));
      section.hidden = false;
    } catch {
      if (own === asked) section.hidden = true;
    }
  }

  // Without records there is nothing to tell; once they are back it is asked at once.
  function hide() {
    section.hidden = true;
    until = 0;
    asked += 1;
  }
  return { look, hide };
}
