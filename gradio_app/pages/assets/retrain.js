// Retraining: started by a button, watched while it runs, judged by the gate at its end.
import { ask, askJson, confirm, duration, make, number, openDialog, several, shortTime, time } from './common.js';
import { showCurve } from './curve.js';
import { showDecision, stateBadge } from './decision.js';
import { guard } from './key.js';

const LOOK_SECONDS = 1;
const LOG_LINES = 200;
const PAGE_SIZE = 10;
const capital = (text) => text.replace(/^./, (letter) => letter.toUpperCase());
const wordLeft = (seconds) => (seconds === null || seconds === undefined ? 'time left not known yet'
  : seconds < 5 ? 'nearly done'
    : seconds < 100 ? `about ${duration(10 * Math.ceil(seconds / 10))} left` : `about ${number(Math.ceil(seconds / 60))} min left`);

// How many corrections start one without anybody's help.
function wordThresholds(always, drifted) {
  const soon = 'once it is confirmed that people draw otherwise than before';
  if (always && drifted) return ` At ${number(always)} the next one starts by itself, at ${number(drifted)} ${soon}.`;
  if (always) return ` At ${number(always)} the next one starts by itself.`;
  return drifted ? ` At ${number(drifted)} the next one starts by itself ${soon}.` : '';
}

const makeBar = (name) => make('progress', { max: 1, value: 0, 'aria-label': name });

// What shows while one runs: made once, then only what changed is written.
function makeWatch(cancel) {
  const parts = {
    stage: make('b'), count: make('span', { class: 'soft' }), stages: makeBar('Steps done'),
    epoch: make('span'), left: make('span', { class: 'soft' }), epochs: makeBar('Epochs done'), curve: make('div') };
  const button = make('button', { type: 'button', class: 'button danger', text: 'Cancel', onclick: cancel });
  const facts = make('p', { class: 'soft fine' });
  const element = make('section', { class: 'watch', 'aria-label': 'The training that runs' },
    make('div', { class: 'watch-head' }, make('div', { class: 'watch-stage', role: 'status' }, parts.stage), parts.count, button),
    parts.stages,
    make('div', { class: 'watch-head' }, parts.epoch, parts.left), parts.epochs, parts.curve, facts);
  const write = (place, text) => { if (place.textContent !== text) place.textContent = text; };
  let drawn = '';
  return {
    element,
    show(job) {
      write(parts.stage, capital(job.stage ?? 'getting ready'));
      write(parts.count, job.stages ? `step ${number(Math.min(job.stages_done + 1, job.stages))} of ${number(job.stages)}` : '');
      parts.stages.value = job.stages ? job.stages_done / job.stages : 0;
      write(parts.epoch, job.epochs ? `Epoch ${number(job.epoch ?? 0)} of ${number(job.epochs)}` : 'Epochs begin after the images are prepared');
      parts.epochs.value = job.epochs ? (job.epoch ?? 0) / job.epochs : 0;
      write(parts.left, wordLeft(job.seconds_left));
      write(facts, [`Running for ${duration(job.seconds)}, started by ${job.started_by} at ${shortTime(job.started)}, environment ${job.environment}.`,
        job.memory_mb ? `${number(job.memory_mb)} MB of memory.` : '', job.attempt > 1 ? `Attempt ${job.attempt}: its process was killed before.` : ''].filter(Boolean).join(' '));
      const now = JSON.stringify([job.curve, job.epochs]);
      if (now === drawn) return;
      drawn = now;
      parts.curve.replaceChildren(...(job.curve.length ? [showCurve(job.curve, job.epochs)] : []));
    },
  };
}

const showEnd = (job) => [showDecision(job),
  make('p', { class: 'soft fine', text: `Started by ${job.started_by} on ${time(job.started)}, took ${duration(job.seconds)}, environment ${job.environment}.` }),
  job.curve.length ? showCurve(job.curve, job.epochs) : null].filter(Boolean);

const openJob = (job) => openDialog(`Training of ${time(job.started)}`, ...showEnd(job));

export function start(root) {
  const status = root.querySelector('.status');
  const now = root.querySelector('.now');
  const log = root.querySelector('.log');
  const lines = log.querySelector('pre');
  const list = root.querySelector('.list');
  const pager = root.querySelector('.pager');
  const [newer, older] = ['newer', 'older'].map((name) => pager.querySelector(`[data-do=${name}]`));
  let timer = 0;
  let shown = false;
  let watch = null; // {id, element, show} while one runs
  let ended = null; // id of the one whose end is shown
  let page = 1;

  const tell = (error) => { status.textContent = error.message; };

  async function begin() {
    status.textContent = '';
    try {
      await askJson('api/retrain', { method: 'POST', withKey: true });
    } catch (error) {
      tell(error);
    }
    await look();
  }

  async function cancel() {
    const sure = await confirm('Cancel it', make('p', { text: 'The training stops, and nothing of it is kept. The release that answers now goes on answering.' }));
    if (!sure) return;
    await ask('api/retrain/cancel', { method: 'POST', withKey: true })
      .then(() => { status.textContent = 'It is being cancelled.'; }).catch(tell);
  }

  function showStart({ waiting, starts_at: always, starts_at_drift: drifted, job }) {
    const words = waiting ? `${several(waiting, 'accepted correction waits', 'accepted corrections wait')} for a training.` : 'No accepted correction waits for a training.';
    return [make('div', { class: 'begin' },
      make('button', { type: 'button', class: 'button primary', text: 'Retrain', onclick: begin }),
      make('p', { class: 'soft', text: words + wordThresholds(always, drifted) })),
    ...(job ? [make('h2', { text: 'The last training' }), ...showEnd(job)] : [])];
  }

  async function showLog() {
    if (!log.open) return;
    const found = await askJson(`api/retrain/log?lines=${LOG_LINES}`, { withKey: true }).catch(() => null);
    if (!found) return;
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 24;
    const text = found.lines.join('\n') || 'Nothing yet.';
    if (lines.textContent !== text) lines.textContent = text;
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  }

  async function show(found) {
    const { running, job } = found;
    if (running && watch?.id !== job.id) {
      watch = { id: job.id, ...makeWatch(cancel) };
      ended = null;
      now.replaceChildren(watch.element);
      await showHistory();
    }
    if (running) {
      watch.show(job);
      const took = list.querySelector(`tr[data-job="${job.id}"] .figure`);
      if (took) took.textContent = duration(job.seconds);
      return;
    }
    const key = JSON.stringify([job?.id, job?.state, found.waiting]);
    if (ended === key) return;
    const before = watch;
    watch = null;
    ended = key;
    now.replaceChildren(...showStart(found));
    if (before) {
      status.textContent = 'It has ended.';
      await showHistory();
    }
  }

  async function look() {
    clearTimeout(timer);
    try {
      if (!document.hidden) {
        await show(await askJson('api/retrain/status', { withKey: true }));
        await showLog();
      }
    } catch (error) {
      tell(error);
    }
    clearTimeout(timer);
    if (shown) timer = setTimeout(look, 1000 * LOOK_SECONDS);
  }

  async function showHistory() {
    try {
      const found = await askJson(`api/retrain/history?page=${page}&page_size=${PAGE_SIZE}`, { withKey: true });
      const row = (job) => make('tr', { 'data-job': job.id },
        make('td', { class: 'short', text: shortTime(job.started), title: time(job.started) }),
        make('td', {}, stateBadge(job.state)),
        make('td', { class: 'figure', text: duration(job.seconds) }),
        make('td', { text: job.started_by }),
        make('td', { class: 'story' }, make('div', { class: 'brief', text: job.sentence ?? '–', title: job.sentence })),
        make('td', {}, make('button', { type: 'button', class: 'button', text: 'Details', 'aria-label': `Details of the training of ${time(job.started)}`, onclick: () => openJob(job) })));
      const head = ['Started', 'End', 'Took', 'By', 'What came of it'].map((name) => make('th', { scope: 'col', class: name === 'Took' ? 'figure' : '', text: name }));
      list.replaceChildren(found.total ? make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Earlier trainings' },
        make('table', {}, make('thead', {}, make('tr', {}, ...head, make('td'))), make('tbody', {}, ...found.items.map(row))))
        : make('p', { class: 'soft', text: 'None yet.' }));
      pager.hidden = found.pages < 2;
      pager.querySelector('span').textContent = `Page ${number(page)} of ${number(found.pages)}`;
      newer.disabled = page <= 1;
      older.disabled = page >= found.pages;
    } catch (error) {
      tell(error);
    }
  }

  log.addEventListener('toggle', showLog);
  newer.addEventListener('click', () => { page -= 1; showHistory(); });
  older.addEventListener('click', () => { page += 1; showHistory(); });
  document.addEventListener('visibilitychange', () => { if (shown && !document.hidden) look(); });
  return guard(root, {
    enter() { shown = true; look(); showHistory(); },
    leave() { shown = false; clearTimeout(timer); },
  });
}
