// The pages of one document: which one shows is in the address, after the #.
import { start as startAnswers } from './answers.js';
import { askJson } from './common.js';
import { isDrawing, start as startSharing } from './sharing.js';

const TITLES = {
  draw: 'Draw a digit',
  upload: 'Upload pictures',
  teach: 'Teach',
  history: 'History',
  dashboard: 'Dashboard',
  model: 'Model',
  review: 'Review',
  retrain: 'Retrain',
};
const LOOK_SECONDS = 1;
const PAUSE_SECONDS = 5; // when the app does not answer
const started = new Map();
let current = null;

// Not every app has every page: some ask for a key, and for what trains.
function wanted(navigation) {
  const name = location.hash.slice(1);
  const links = [...navigation.querySelectorAll('[data-page]')];
  return name in TITLES && links.some((link) => link.dataset.page === name) ? name : 'draw';
}

async function visit(page) {
  const root = document.getElementById(`page-${page}`);
  if (!started.has(page)) {
    started.set(page, import(`./${page}.js`).then((script) => script.start(root)));
  }
  return started.get(page);
}

// Show the page that the address names. Focus goes to its heading, as it would on a
// page of its own, except where the visit begins.
async function show(navigation, moved) {
  const page = wanted(navigation);
  if (page === current) return;
  const before = current;
  current = page;
  document.documentElement.dataset.page = page;
  document.title = TITLES[page];
  for (const link of navigation.querySelectorAll('[data-page]')) {
    if (link.dataset.page === page) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  const heading = document.querySelector(`#page-${page} h1`);
  navigation.querySelector('.skip').href = `#${heading.id}`;
  if (moved) {
    scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }
  if (before && started.has(before)) (await started.get(before))?.leave?.();
  if (page !== 'draw') (await visit(page))?.enter?.();
}

// Gradio puts the page together in its own time.
async function appear(selector) {
  for (;;) {
    const found = document.querySelector(selector);
    if (found) return found;
    await new Promise(requestAnimationFrame);
  }
}

// Another release may answer at any time: after a training, or gone back to by somebody.
// Whatever tells of it listens to `release-changed`.
function followRelease() {
  let version;
  async function look() {
    let pause = LOOK_SECONDS;
    if (!document.hidden) {
      try {
        const { model_version: now } = await askJson('api/model/uptime');
        if (version !== undefined && now !== version) {
          document.dispatchEvent(new CustomEvent('release-changed', { detail: now }));
        }
        version = now;
      } catch {
        pause = PAUSE_SECONDS;
      }
    }
    setTimeout(look, 1000 * pause);
  }
  look();
}

export async function start(navigation) {
  const pad = await appear('#pad [data-ready]');
  await appear('#answer .answer');
  startAnswers();
  const openDrawing = startSharing(pad);
  navigation.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    document.querySelector(`#page-${current} h1`)?.focus();
  });
  addEventListener('hashchange', () => {
    document.querySelectorAll('dialog[open]').forEach((one) => one.close());
    if (isDrawing(location.hash)) openDrawing();
    show(navigation, true);
  });
  show(navigation, false);
  followRelease();
  navigation.dataset.ready = 'true';
}
