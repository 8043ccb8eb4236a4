// Pictures from files, drag and drop, the clipboard or the camera. They go to REST in
// parts, so that a bar can show how far it is; one bad file is one row with its reason.
import { ask, bars, make, number, openDialog, Refusal, save, toCsv, VERDICTS, verdictBadge, wordConfidence } from './common.js';
import { takeChosen, takeDrops } from './drop.js';
import { makeThumbnail } from './thumbnails.js';

const PART_FILES = 8;
const PART_BYTES = 4 << 20;
const MOST_FILES = 2000;
const MOST_TRIES = 5;
const COLUMNS = [
  ['File', (row) => row.file.name.toLowerCase()],
  ['Answer', (row) => row.prediction?.label ?? ''],
  ['Verdict', (row) => row.verdict],
  ['Confidence', (row) => row.prediction?.confidence ?? -1],
  ['Time', (row) => row.prediction?.elapsed_ms ?? -1],
];

// Files in parts that a request holds; a large one goes alone.
export function divide(files) {
  const parts = [];
  let bytes = Infinity;
  for (const file of files) {
    if (bytes + file.size > PART_BYTES || parts.at(-1).length >= PART_FILES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1).push(file);
    bytes += file.size;
  }
  return parts;
}

// Read a part; when the server has no room it says how long to wait.
async function readPart(files, signal) {
  for (let turn = 1; ; turn += 1) {
    const form = new FormData();
    files.forEach((file) => form.append('file', file, 'picture'));
    try {
      const answer = await ask('pages/read', { method: 'POST', body: form, signal });
      return (await answer.json()).items;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const busy = error.code !== 'no_model' && [429, 503].includes(error.status)
        || (error.status === 0 && turn < 2);
      if (busy && turn < MOST_TRIES) {
        await new Promise((resolve) => { setTimeout(resolve, 1000 * Math.min(30, error.retryAfter || 1)); });
        if (signal.aborted) throw error;
      } else if (files.length > 1 && !busy) {
        const alone = [];
        for (const file of files) alone.push(...await readPart([file], signal));
        return alone;
      } else {
        return files.map(() => ({ problem: { code: String(error.status), detail: error.message } }));
      }
    }
  }
}

const summarise = (rows) => {
  const count = (key) => rows.reduce((counts, row) => {
    const name = key(row);
    if (name !== null && name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }, {});
  const sure = rows.filter((row) => row.prediction && row.verdict !== 'empty').map((row) => row.prediction.confidence);
  return {
    failed: rows.filter((row) => row.problem),
    labels: count((row) => row.prediction?.label),
    verdicts: count((row) => row.verdict),
    confidence: sure.length ? sure.reduce((sum, value) => sum + value, 0) / sure.length : null,
  };
};

function wordBars(...given) {
  const list = bars(...given);
  list.classList.add('words');
  return list;
}

const csvName = (row) => [row.file.name, row.verdict, row.prediction?.label, row.prediction?.confidence,
  row.prediction?.elapsed_ms, row.prediction?.model_version, row.problem?.detail];

function exportRows(rows) {
  const names = Object.keys(rows.find((row) => row.prediction?.label)?.prediction.probabilities ?? {});
  const head = ['file', 'verdict', 'label', 'confidence', 'elapsed_ms', 'model_version', 'problem',
    ...names.map((name) => `p_${name}`)];
  const lines = rows.map((row) => [...csvName(row), ...names.map((name) => row.prediction?.probabilities[name])]);
  save('readings.csv', toCsv([head, ...lines]));
}

function toDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result));
    reader.addEventListener('error', () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}

// The server's own card: it escaped everything in it, and no file name is part of it.
function showCard(row) {
  const card = make('div', { class: 'uploaded' });
  if (row.problem) {
    card.append(make('p', { class: 'notice', text: row.problem.detail }));
    return card;
  }
  card.innerHTML = row.card;
  const feedback = card.querySelector('.feedback');
  if (feedback) feedback.image = () => toDataUrl(row.file);
  const { elapsed_ms: elapsed, model_version: version, notes } = row.prediction;
  const facts = [`Read in ${number(elapsed, 1)} ms by release ${version}.`, ...notes];
  card.append(make('p', { class: 'soft fine', text: facts.join(' ') }));
  return card;
}

function showPicture(row) {
  const address = URL.createObjectURL(row.file);
  const image = make('img', { src: address, alt: 'Your picture' });
  const frame = make('div', { class: 'frame' }, image);
  image.addEventListener('load', () => URL.revokeObjectURL(address));
  image.addEventListener('error', () => {
    URL.revokeObjectURL(address);
    frame.replaceChildren(make('p', { class: 'soft', text: 'No preview of this file' }));
  });
  return make('figure', { class: 'preview' }, frame, make('figcaption', { text: row.file.name }));
}

function showOne(place, row) {
  place.replaceChildren(make('div', { class: 'pair' }, showPicture(row),
    showCard(row)));
}

function openDetails(row) {
  openDialog(row.file.name, make('div', { class: 'pair' }, showPicture(row), showCard(row)));
}

// On a phone the rows are laid out as cards, which to some screen readers are no table
// any more unless the roles say so.
function showRow(row) {
  const { prediction, problem } = row;
  const name = make('button', { type: 'button', class: 'plain', text: row.file.name, onclick: () => openDetails(row) });
  return make('tr', { role: 'row' },
    make('td', { role: 'cell', class: 'file' }, make('div', {}, makeThumbnail(row.file), name)),
    make('td', { role: 'cell', class: 'answer-cell', text: prediction?.label ?? '–' }),
    make('td', { role: 'cell' }, verdictBadge(row.verdict), problem ? make('span', { class: 'why-not', text: problem.detail }) : null),
    make('td', { role: 'cell', class: 'figure', text: prediction && row.verdict !== 'empty' ? wordConfidence(prediction.confidence) : '–' }),
    make('td', { role: 'cell', class: 'figure', text: prediction ? `${number(prediction.elapsed_ms, 1)} ms` : '–' }));
}

function showSummary(rows, stopped) {
  const { failed, labels, verdicts, confidence } = summarise(rows);
  const tile = (name, value) => make('div', { class: 'tile' }, make('span', { text: name }), make('b', { text: value }));
  const reasons = {};
  failed.forEach(({ problem }) => { reasons[problem.detail] = (reasons[problem.detail] ?? 0) + 1; });
  return [
    make('h2', { text: stopped ? 'Stopped: what was read so far' : 'Summary', tabindex: '-1' }),
    make('div', { class: 'tiles' },
      tile('Pictures', number(rows.length)),
      tile('Read', number(rows.length - failed.length)),
      tile('Not read', number(failed.length)),
      tile('Mean confidence', wordConfidence(confidence))),
    make('div', { class: 'charts' },
      make('figure', { class: 'chart' }, make('figcaption', { text: 'Answers' }), bars('Pictures by answer', labels)),
      make('figure', { class: 'chart' }, make('figcaption', { text: 'Verdicts' }),
        wordBars('Pictures by verdict', verdicts, Object.keys(VERDICTS).filter((name) => verdicts[name]), (name) => VERDICTS[name]))),
    failed.length ? make('div', { class: 'failures' }, make('h3', { text: 'Why some were not read' }),
      make('ul', {}, ...Object.entries(reasons).map(([reason, count]) =>
        make('li', { text: count > 1 ? `${reason} (${count} files)` : reason })))) : null,
  ];
}

function showMany(place, rows, stopped) {
  const body = make('tbody', { role: 'rowgroup' }, ...rows.map(showRow));
  const head = make('tr', { role: 'row' }, ...COLUMNS.map(([name, value], column) => {
    const button = make('button', { type: 'button', class: 'plain', text: name });
    const cell = make('th', { scope: 'col', role: 'columnheader', 'aria-sort': 'none', class: column > 2 ? 'figure' : '' }, button);
    button.addEventListener('click', () => {
      const up = cell.getAttribute('aria-sort') !== 'ascending';
      for (const other of cell.parentElement.children) other.setAttribute('aria-sort', 'none');
      cell.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const sorted = rows.toSorted((a, b) => {
        const [x, y] = [value(a), value(b)];
        return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
      });
      body.replaceChildren(...sorted.map(showRow));
    });
    return cell;
  }));
  const table = make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Each picture' },
    make('table', { role: 'table' }, make('thead', { role: 'rowgroup' }, head), body));
  place.replaceChildren(...showSummary(rows, stopped).filter(Boolean),
    make('div', { class: 'head' }, make('h2', { text: 'Each picture' }),
      make('button', { type: 'button', class: 'button', text: 'Download as CSV', onclick: () => exportRows(rows) })),
    table);
}

export function start(root) {
  const drop = root.querySelector('.drop');
  const progress = root.querySelector('.progress');
  const bar = progress.querySelector('progress');
  const text = progress.querySelector('.progress-text');
  const say = root.querySelector('[data-say]');
  const [one, many] = ['.one', '.many'].map((name) => root.querySelector(name));
  let running = null;

  const mostBytes = Number(drop.dataset.mostBytes);
  const tooLarge = (file) => ({ file, verdict: 'failed', problem: { code: 'too_large', detail:
    `Expected at most ${number(mostBytes / (1 << 20))} MB, but this file is larger; make the picture smaller.` } });

  async function read(files) {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    const chosen = [...files].slice(0, MOST_FILES);
    one.hidden = many.hidden = true;
    say.textContent = '';
    progress.hidden = false;
    bar.max = chosen.length;
    bar.value = 0;
    text.textContent = chosen.length > 1 ? `Reading ${number(chosen.length)} pictures…` : 'Reading…';
    const rows = [];
    const fits = (file) => file.size <= mostBytes;
    rows.push(...chosen.filter((file) => !fits(file)).map(tooLarge));
    try {
      for (const part of divide(chosen.filter(fits))) {
        const items = await readPart(part, mine.signal);
        part.forEach((file, i) => rows.push({ file, ...items[i], verdict: items[i].prediction?.verdict ?? 'failed' }));
        bar.value = rows.length;
        if (running === mine) text.textContent = `${number(rows.length)} of ${number(chosen.length)}`;
      }
    } catch (error) {
      if (error.name !== 'AbortError' && !(error instanceof Refusal)) throw error;
    }
    if (running !== mine && running !== null) return; // newer pictures took over
    running = null;
    const left = files.length - rows.length;
    text.textContent = left ? `${number(rows.length)} read, ${number(left)} left out.` : '';
    progress.hidden = !left;
    progress.querySelector('button').hidden = true;
    if (chosen.length === 1 && rows.length === 1) {
      showOne(one, rows[0]);
      say.textContent = one.querySelector('.verdict, .notice')?.textContent ?? '';
      one.hidden = false;
    } else if (rows.length) {
      showMany(many, rows, mine.signal.aborted);
      many.hidden = false;
      many.querySelector('h2').focus({ preventScroll: true });
    }
  }
  const take = (files) => {
    if (!files.length) return;
    progress.querySelector('button').hidden = false;
    read(files);
  };

  progress.querySelector('[data-do=stop]').addEventListener('click', () => {
    const mine = running;
    running = null;
    mine?.abort();
  });
  // Where a finger points there is a camera too, as a rule.
  root.querySelector('.camera').hidden = !navigator.maxTouchPoints;
  takeChosen(root, take);
  takeDrops('upload', drop, (transfer) => take([...transfer.files]));
}
