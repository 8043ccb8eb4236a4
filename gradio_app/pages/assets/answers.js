// Everything one can do with an answer, wherever it stands: choose among several
// digits, say that it is right, or what it was.
import { askJson, make } from './common.js';

const answerPlace = () => document.getElementById('answer');
const pad = () => document.querySelector('#pad [data-ready]').pad;

function choose(tab) {
  document.dispatchEvent(new CustomEvent('digit-chosen'));
  for (const other of tab.parentElement.children) {
    const chosen = other === tab;
    other.setAttribute('aria-selected', String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute('aria-controls')).hidden = !chosen;
  }
  frameDigits();
}

// Frame each of several digits on the pad, as long as the answer is about them.
function frameDigits() {
  const parts = document.querySelector('#pad .parts');
  if (!parts) return;
  const panels = [...answerPlace().querySelectorAll('[role=tabpanel]')];
  parts.replaceChildren(...panels.map((panel) => {
    const [left, top, right, bottom] = panel.dataset.box.split(',').map((share) => 100 * share);
    const answer = panel.querySelector('.answer');
    const sign = answer.querySelector('.digit').textContent.trim() || '–';
    const box = make('span', { class: `part ${answer.classList[1]}${panel.hidden ? '' : ' chosen'}` },
      make('b', { text: sign }));
    Object.assign(box.style, { left: `${left}%`, top: `${top}%`,
      width: `${right - left}%`, height: `${bottom - top}%` });
    return box;
  }));
}

// What becomes of it: nothing is learned from a picture before rules or a person took it.
function thank(label, agrees, given) {
  const what = agrees ? 'right' : `a ${label}`;
  const first = given.new ? `Thank you: stored as ${what}${given.image_kept ? ', with the picture' : ''}.`
    : `You said so before; it is stored once, as ${what}${given.image_kept ? ', with the picture' : ''}.`;
  return [`${first} Next, automatic rules look at it, and a person if they leave it open; once accepted, the next training learns from it. `,
    make('a', { href: '#teach', text: 'Teach more' })];
}

async function sendLabel(feedback, label, agrees) {
  const thanks = feedback.querySelector('.thanks');
  const buttons = [...feedback.querySelectorAll('button')];
  buttons.forEach((button) => { button.disabled = true; });
  thanks.textContent = 'Storing…';
  const body = { prediction_id: feedback.dataset.id, label };
  try {
    const image = await feedback.image?.();
    if (image) body.image = image;
    const given = await askJson('api/feedback', { json: body });
    feedback.classList.add('done');
    feedback.classList.toggle('agreed', agrees);
    thanks.replaceChildren(...thank(label, agrees, given));
    // What was pressed is gone or dead: reading goes on with what was said.
    thanks.tabIndex = -1;
    thanks.focus({ preventScroll: true });
  } catch (error) {
    buttons.forEach((button) => { button.disabled = false; });
    thanks.textContent = error.message;
  }
}

function openLabels(feedback, open) {
  const button = feedback.querySelector('.other');
  const labels = feedback.querySelector('.labels');
  labels.hidden = !open;
  button.setAttribute('aria-expanded', String(open));
  if (open) labels.querySelector('button').focus({ preventScroll: true });
  else button.focus({ preventScroll: true });
}

function onClick(event) {
  const tab = event.target.closest?.('#answer [role=tab]');
  if (tab) return choose(tab);
  const button = event.target.closest?.('.feedback button');
  if (!button) return undefined;
  const feedback = button.closest('.feedback');
  // The pad knows its own drawing; an uploaded picture was put there by its page.
  if (feedback.closest('#answer')) feedback.image = () => pad().drawing(pad().shownBox());
  if (!button.matches('.other')) {
    return sendLabel(feedback, button.dataset.label, button.matches('.agree'));
  }
  return openLabels(feedback, feedback.querySelector('.labels').hidden);
}

// With the labels open, the key of a label says it, and Escape closes them.
function onLabelKey(event, feedback) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const all = [...feedback.querySelectorAll('.labels button')];
  const place = all.indexOf(event.target);
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
  const named = all.find((button) => button.dataset.label === event.key);
  if (!named && !step && event.key !== 'Escape') return;
  event.preventDefault();
  if (named) named.click();
  else if (step) all.at((place + step) % all.length).focus();
  else openLabels(feedback, false);
}

function onKey(event) {
  const feedback = event.target.closest?.('.feedback:not(.done)');
  if (feedback && !feedback.querySelector('.labels').hidden) return onLabelKey(event, feedback);
  const tab = event.target.closest?.('#answer [role=tab]');
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  if (!tab || !(event.key in steps || event.key === 'Home' || event.key === 'End')) return undefined;
  event.preventDefault();
  const all = [...tab.parentElement.children];
  const place = all.indexOf(tab) + (steps[event.key] ?? 0);
  const next = event.key === 'Home' ? all[0]
    : event.key === 'End' ? all.at(-1) : all.at(place % all.length);
  choose(next);
  next.focus();
  return undefined;
}

export function start() {
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', onKey);
  new MutationObserver(frameDigits).observe(answerPlace(), { childList: true, subtree: true });
  frameDigits();
}
