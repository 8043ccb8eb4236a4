// Everything one can do with an answer, wherever it stands: choose among several
// digits, say that it is right, or what it was.
import { ask, make } from './common.js';

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

async function sendLabel(feedback, label, agrees) {
  const thanks = feedback.querySelector('.thanks');
  const buttons = [...feedback.querySelectorAll('button')];
  buttons.forEach((button) => { button.disabled = true; });
  thanks.textContent = 'Storing…';
  const body = { prediction_id: feedback.dataset.id, label };
  try {
    const image = await feedback.image?.();
    if (image) body.image = image;
    await ask('api/feedback', { json: body });
    feedback.classList.add('done');
    thanks.textContent = agrees
      ? 'Thank you: stored as right, with the picture.'
      : `Thank you: stored as ${label}, with the picture. People look at it before a model learns from it.`;
  } catch (error) {
    buttons.forEach((button) => { button.disabled = false; });
    thanks.textContent = error.message;
  }
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
  const labels = feedback.querySelector('.labels');
  labels.hidden = !labels.hidden;
  button.setAttribute('aria-expanded', String(!labels.hidden));
  return undefined;
}

function onKey(event) {
  const tab = event.target.closest?.('#answer [role=tab]');
  const steps = { ArrowLeft: -1, ArrowRight: 1 };
  if (!tab || !(event.key in steps || event.key === 'Home' || event.key === 'End')) return;
  event.preventDefault();
  const all = [...tab.parentElement.children];
  const place = all.indexOf(tab) + (steps[event.key] ?? 0);
  const next = event.key === 'Home' ? all[0]
    : event.key === 'End' ? all.at(-1) : all.at(place % all.length);
  choose(next);
  next.focus();
}

export function start() {
  document.addEventListener('click', onClick);
  document.addEventListener('keydown', onKey);
  new MutationObserver(frameDigits).observe(answerPlace(), { childList: true, subtree: true });
  frameDigits();
}
