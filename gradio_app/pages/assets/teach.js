// Labelled pictures in bulk: gathered in a tray, rehearsed by the server, mended, sent.
import { askJson, make, number, Refusal, several } from './common.js';
import { takeChosen, takeDrops } from './drop.js';
import { divide, gatherChosen, gatherDropped, sendPart } from './files.js';
import { startGiven } from './given.js';
import { showReport } from './report.js';
import { FIRST_SHOWN, isReady, isRefused, judge, makeLabelSelect, showTray } from './tray.js';

const MOST_FILES = 2000;
const TABLE = /\.(csv|tsv)$/i;
const ZIP = /\.zip$/i;

function makeForm(rows, extra = {}) {
  const form = new FormData();
  rows.forEach(({ file, name }) => form.append('files', file, name));
  Object.entries(extra).forEach(([name, value]) => form.append(name, value));
  return form;
}

export function start(root) {
  const drop = root.querySelector('.drop');
  const status = root.querySelector('.status');
  const tray = root.querySelector('.tray');
  const report = root.querySelector('.report');
  const [counts, all, bar] = ['.counts', '.all-labels', '.bar-text'].map((name) => tray.querySelector(name));
  const [clear, send] = ['clear', 'send'].map((name) => tray.querySelector(`[data-do=${name}]`));
  const mostBytes = Number(drop.dataset.mostBytes);
  const given = startGiven(root.querySelector('.given'));
  let labels = [];
  let [pictures, packages, tables] = [[], [], []];
  let missing = null; // files that only a table knows
  let most = FIRST_SHOWN;
  let work = null; // what can be stopped

  const ready = () => [...pictures.filter(isReady), ...packages.filter((row) => !row.refusal && row.items?.some((item) => item.taken))];

  function describe() {
    const open = pictures.filter((row) => !isReady(row) && !isRefused(row)).length;
    const refused = pictures.filter(isRefused).length;
    const good = pictures.filter(isReady).length;
    const inside = packages.reduce((sum, { items = [] }) => sum + items.filter((item) => item.taken).length, 0);
    counts.textContent = [
      `${several(good + inside, 'picture')} ready.`,
      open ? `${several(open, 'waits', 'wait')} for a label.` : '',
      refused ? `${number(refused)} cannot be taken; it says below why.` : '',
      missing?.size ? `${several(missing.size, 'file', 'files')} of the table did not come: ${[...missing].slice(0, 3).join(', ')}${missing.size > 3 ? ' …' : '.'}` : '',
    ].filter(Boolean).join(' ');
    all.replaceChildren(...(open > 1 ? [make('label', {}, `Give all ${number(open)} without a label the label`,
      makeLabelSelect(labels, null, 'Label of all without one', (label) => {
        pictures.filter((row) => !isReady(row) && !isRefused(row)).forEach((row) => { row.label = label; row.hint = null; });
        show();
      }))] : []));
    if (!work) bar.textContent = open ? `${several(open, 'picture')} without a label ${open === 1 ? 'stays' : 'stay'} here.` : '';
    send.textContent = good + inside ? `Send ${several(good + inside, 'picture')}` : 'Send';
    send.disabled = Boolean(work) || !(good + inside);
  }

  function show() {
    [pictures, packages, tables] = [pictures, packages, tables].map((rows) => rows.filter((row) => !row.gone));
    tray.hidden = !(pictures.length + packages.length + tables.length);
    const shown = [...tables.map((row) => Object.assign(row, { table: true })), ...packages];
    showTray(tray, { pictures, packages: shown, labels, most }, (removed) => (removed ? show() : describe()),
      () => { most += FIRST_SHOWN; show(); });
    describe();
  }

  // Ask what would be taken, and take over labels that folders and tables give.
  async function rehearse(rows, signal) {
    let done = 0;
    for (const part of divide(rows)) {
      bar.textContent = `Looking at ${number(done + part.length)} of ${number(rows.length)}…`;
      try {
        const { items } = await sendPart(makeForm([...part, ...tables]), { rehearse: true, signal });
        part.forEach((row, i) => items[i] && judge(row, items[i], labels));
        const unmatched = new Set(items.filter(({ code }) => code === 'no_file').map(({ name }) => name));
        missing = tables.length ? (missing ? missing.intersection(unmatched) : unmatched) : null;
      } catch (error) {
        if (error.name === 'AbortError') return;
        if (!(error instanceof Refusal)) throw error;
        part.forEach((row) => { row.refusal = error.message; });
      }
      done += part.length;
      show();
    }
  }

  async function lookInto(row, signal) {
    try {
      ({ items: row.items } = await sendPart(makeForm([row]), { rehearse: true, signal }));
    } catch (error) {
      if (!(error instanceof Refusal)) return;
      row.refusal = error.message;
    }
    show();
  }

  async function take(found) {
    if (!found.length || work) return;
    status.textContent = '';
    report.hidden = true;
    labels = labels.length ? labels : (await askJson('api/model/info').catch(() => ({ class_names: [] }))).class_names;
    const room = Math.max(0, MOST_FILES - pictures.length);
    const [newTables, others] = [found.filter(({ name }) => TABLE.test(name)), found.filter(({ name }) => !TABLE.test(name))];
    const chosen = others.slice(0, room);
    if (others.length > room) status.textContent = `Expected at most ${number(MOST_FILES)} files at once; ${number(others.length - room)} were left out.`;
    for (const row of chosen) {
      if (row.file.size > mostBytes) row.refusal = `Expected at most ${number(mostBytes / (1 << 20))} MB, but this file is larger; make it smaller.`;
    }
    const zips = chosen.filter(({ name }) => ZIP.test(name));
    const added = chosen.filter(({ name }) => !ZIP.test(name));
    tables.push(...newTables);
    packages.push(...zips);
    pictures.push(...added);
    show();
    const mine = new AbortController();
    work = mine;
    // A table says something of pictures that were there before it, too.
    if (newTables.length) missing = null;
    const waiting = newTables.length ? pictures.filter((row) => !row.label) : added;
    await rehearse(waiting.filter((row) => !row.refusal), mine.signal);
    for (const row of zips.filter((one) => !one.refusal)) await lookInto(row, mine.signal);
    if (work === mine) work = null;
    describe();
  }

  async function sendAll() {
    const rows = ready();
    const parts = [...divide(rows.filter((row) => !row.items)), ...rows.filter((row) => row.items).map((row) => [row])];
    const answers = [];
    const mine = new AbortController();
    work = mine;
    send.disabled = true;
    try {
      let done = 0;
      for (const part of parts) {
        bar.textContent = `Sending ${number(done + part.length)} of ${number(rows.length)}…`;
        const named = part[0].items ? {} : { labels: JSON.stringify(part.map(({ label }) => label)) };
        answers.push(await sendPart(makeForm(part, named), { signal: mine.signal }));
        part.forEach((row) => { row.gone = true; });
        done += part.length;
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      status.textContent = error.message;
    } finally {
      work = null;
    }
    if (answers.length) {
      const refused = pictures.filter(isRefused);
      refused.forEach((row) => { row.gone = true; });
      if (!pictures.some((row) => !row.gone)) tables = [];
      showReport(report, answers, refused);
      report.hidden = false;
    }
    show();
    if (answers.length) report.querySelector('h2').focus();
    given.refresh();
  }

  clear.addEventListener('click', () => {
    work?.abort();
    work = null;
    [pictures, packages, tables, missing] = [[], [], [], null];
    show();
    root.querySelector('[data-do=choose]').focus();
  });
  send.addEventListener('click', sendAll);
  takeChosen(root, (files) => take(gatherChosen(files)));
  takeDrops('teach', drop, async (transfer) => take(await gatherDropped(transfer)));
  return { enter: given.refresh };
}
