// What the app does at this moment: asked again and again while somebody looks.
import { ask, askJson, bars, classNames, duration, make, number, percent, VERDICTS } from './common.js';
import { followDrift } from './drift.js';

const SECONDS = 2;
const FIGURES = 'api/visualizations';
const DOORS = { draw: 'Draw', upload: 'Upload', rest: 'Programs', batch: 'Batches' };

// Columns side by side, with what each means for whoever hovers over it.
function columns(values, words, labels) {
  const most = Math.max(1, ...values);
  const bodies = values.map((value, i) => {
    const column = make('i', { title: words(i) });
    column.style.height = value ? `max(2px, ${(100 * value) / most}%)` : '0';
    return column;
  });
  return make('div', { class: 'columns', 'aria-hidden': 'true' }, make('span', { text: number(most) }),
    make('div', { class: 'bodies' }, ...bodies),
    make('div', { class: 'axis' }, ...labels.map((text) => make('span', { text }))));
}

const chart = (title, content, name = '') => make('figure', { class: `chart ${name}` },
  make('figcaption', { text: title }), content);

function showMinutes(minutes) {
  const counts = minutes.map((one) => one.predictions);
  const clock = (one) => new Date(one.minute).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const picture = columns(counts, (i) => `${clock(minutes[i])}: ${number(counts[i])}`,
    minutes.length ? [clock(minutes[0]), 'now'] : []);
  return chart(`Predictions per minute in the last hour: ${number(total)} in all, at most ${number(Math.max(0, ...counts))}`, picture, 'wide');
}

function showConfidence(bins) {
  const total = bins.reduce((sum, count) => sum + count, 0);
  const picture = columns(bins, (i) => `${10 * i} to ${10 * (i + 1)} %: ${number(bins[i])}`,
    ['0 %', '50 %', '100 %']);
  const high = total ? `: above 90 % in ${percent(bins.at(-1) / total)} of them` : '';
  return chart(`How sure the answers were${high}`, picture);
}

const words = (title, label, counts, names) => {
  const list = bars(label, counts, Object.keys(names).filter((name) => counts[name]), (name) => names[name]);
  list.classList.add('words');
  return chart(title, list);
};

// What is busy, has no model or no room says so: it refuses, and nothing has failed.
const FORESEEN = ['503', '507'];

// Requests that failed, from the metrics that monitoring reads.
function countErrors(metrics) {
  const counts = { refused: 0, failed: 0 };
  for (const line of metrics.split('\n')) {
    const found = line.match(/^\w*requests_total\{.*?\bstatus="(\d{3})".*?\}\s+([\d.e+]+)/);
    const isRefusal = found?.[1].startsWith('4') || FORESEEN.includes(found?.[1]);
    if (isRefusal) counts.refused += Number(found[2]);
    else if (found?.[1].startsWith('5')) counts.failed += Number(found[2]);
  }
  return counts;
}

function showTiles(place, { statistics, uptime, errors }) {
  const minute = statistics.per_minute.at(-1)?.predictions ?? 0;
  const before = statistics.per_minute.at(-2)?.predictions ?? 0;
  const ms = (value) => (value === undefined ? '–' : `${number(value, value < 10 ? 2 : 1)} ms`);
  const { latency } = statistics;
  const tiles = [
    ['Running for', duration(uptime.uptime_seconds)],
    ['Release', uptime.model_version ?? 'none', 'long'],
    ['Predictions', number(statistics.total)],
    ['This minute, and the one before', `${number(minute)} · ${number(before)}`],
    ['Half are read within', ms(latency?.p50)],
    ['95 of 100 within', ms(latency?.p95)],
    ['99 of 100 within', ms(latency?.p99)],
    ...(errors ? [['Requests refused', number(errors.refused)], ['Errors on our side', number(errors.failed)]] : []),
    ['Not recorded', number(statistics.not_recorded)],
  ];
  // Only what changed is written, so that nothing flickers and a selection stays.
  if (place.children.length !== tiles.length) {
    place.replaceChildren(...tiles.map(([name]) => make('div', { class: 'tile' }, make('span', { text: name }), make('b'))));
  }
  tiles.forEach(([, value, kind], i) => {
    const figure = place.children[i].lastElementChild;
    if (figure.textContent !== value) figure.textContent = value;
    figure.className = kind ?? '';
    place.children[i].classList.toggle('wide', kind === 'long');
  });
}

function showGallery(section, { figures }) {
  section.hidden = !figures.length;
  section.querySelector('.figures').replaceChildren(...figures.map((figure) => {
    const address = new URL(figure.url, new URL(FIGURES, document.baseURI));
    const picture = make('img', { src: address.href, alt: figure.title, width: figure.width, height: figure.height, loading: 'lazy' });
    return make('figure', {}, make('h3', { text: figure.title }),
      make('a', { class: 'picture', href: address.href, target: '_blank', 'aria-label': `${figure.title}, in full size` }, picture),
      make('figcaption', { text: figure.interpretation }));
  }));
}

export function start(root) {
  const status = root.querySelector('.status');
  const [tiles, charts, gallery] = ['.tiles', '.charts', '.gallery'].map((name) => root.querySelector(name));
  const drift = followDrift(root.querySelector('.drift'));
  const live = root.querySelector('.live');
  let timer = 0;
  let shown = false;
  let version = null;
  let labels = [];
  let drawn = '';

  async function look() {
    clearTimeout(timer);
    try {
      const [statistics, uptime, metrics] = await Promise.all([
        askJson('api/statistics'), askJson('api/model/uptime'),
        ask('metrics').then((answer) => answer.text()).catch(() => null)]);
      if (uptime.model_version && uptime.model_version !== version) await lookAtRelease(uptime.model_version);
      showTiles(tiles, { statistics, uptime, errors: metrics === null ? null : countErrors(metrics) });
      const now = JSON.stringify([statistics, labels]);
      if (now !== drawn) {
        drawn = now;
        charts.replaceChildren(
          showMinutes(statistics.per_minute),
          chart('What was read', bars('Predictions by answer', statistics.by_label, labels.length ? labels : undefined)),
          showConfidence(statistics.confidence),
          make('div', { class: 'stack' },
            words('How the answers were', 'Predictions by verdict', statistics.by_verdict, VERDICTS),
            words('Where the pictures came from', 'Predictions by door', statistics.by_door, DOORS)));
      }
      status.textContent = '';
      // Nobody waits for it: a look takes longer than all the rest.
      if (uptime.model_version) drift.look(uptime.model_version);
      else drift.hide();
    } catch (error) {
      drift.hide();
      status.textContent = error.message;
    }
    plan();
  }

  async function lookAtRelease(found) {
    const [names, figures] = await Promise.all([
      classNames(),
      askJson(FIGURES).catch(() => ({ figures: [] }))]);
    labels = names;
    showGallery(gallery, figures);
    version = found;
  }

  function plan() {
    clearTimeout(timer);
    const runs = shown && !document.hidden && live.getAttribute('aria-pressed') === 'true';
    if (runs) timer = setTimeout(look, 1000 * SECONDS);
  }

  live.addEventListener('click', () => {
    const on = live.getAttribute('aria-pressed') !== 'true';
    live.setAttribute('aria-pressed', String(on));
    live.textContent = on ? 'Live' : 'Paused';
    if (on) look();
    else clearTimeout(timer);
  });
  document.addEventListener('visibilitychange', () => { if (shown && !document.hidden) look(); });
  return {
    enter() { shown = true; look(); },
    leave() { shown = false; clearTimeout(timer); },
  };
}
