// The sketch pad. Strokes live in a 400 x 400 space of their own, whatever the pad's
// size on the screen; what is sent is black on white, whatever the theme.
// `element`, `props` and `trigger` come from gr.HTML. Events sent: 'input'.
// The button "Why?" stands in the answer, which is made anew with every stroke; its
// overlay lies here, over the drawing. What else needs the drawing asks `element.pad`.
const SIDE = 400;
const canvas = element.querySelector('canvas');
const overlay = element.querySelector('.overlay');
const hint = element.querySelector('.hint');
const undoButton = element.querySelector('[data-do=undo]');
const clearButton = element.querySelector('[data-do=clear]');
const shareButtons = [...element.querySelectorAll('.sharing button')];
const widths = [...element.querySelectorAll('[data-width]')];
const paper = document.createElement('canvas');
paper.width = paper.height = SIDE;

let strokes = []; // each {width, points: [[x, y], …]}
let stroke = null; // the one being drawn
let pen = null; // keyboard pen {x, y, down}, null until a key moves it
let animation = 0;

function trace(context, { width, points }) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(...points[0]);
  if (points.length === 1) context.lineTo(points[0][0], points[0][1] + 0.01);
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    const [nextX, nextY] = points[i + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  if (points.length > 1) context.lineTo(...points[points.length - 1]);
  context.stroke();
}

function paint() {
  const scale = canvas.width / SIDE;
  const context = canvas.getContext('2d');
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  const style = getComputedStyle(canvas);
  context.strokeStyle = style.color;
  strokes.forEach((done) => trace(context, done));
  if (stroke) trace(context, stroke);
  if (pen && document.activeElement === canvas) {
    context.strokeStyle = style.accentColor;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(pen.x, pen.y, pen.down ? 7 : 12, 0, 7);
    context.stroke();
  }
  const drawn = strokes.length > 0 || stroke !== null;
  hint.hidden = drawn;
  undoButton.disabled = clearButton.disabled = !drawn;
  shareButtons.forEach((button) => { button.disabled = !drawn; });
}

// The drawing as a PNG; with a box of shares of the side, only what lies in it.
function drawing(box) {
  const context = paper.getContext('2d', { willReadFrequently: true });
  context.fillStyle = '#fff';
  context.fillRect(0, 0, SIDE, SIDE);
  context.strokeStyle = '#000';
  strokes.forEach((done) => trace(context, done));
  if (box) {
    const [left, top, right, bottom] = box.map((share) => share * SIDE);
    const kept = context.getImageData(left, top, right - left, bottom - top);
    context.fillRect(0, 0, SIDE, SIDE);
    context.putImageData(kept, left, top);
  }
  return paper.toDataURL('image/png');
}

function send() {
  element.dispatchEvent(new CustomEvent('drawn'));
  props.value = strokes.length ? drawing() : '';
  trigger('input');
}

function currentWidth() {
  return Number(widths.find((b) => b.getAttribute('aria-checked') === 'true').dataset.width);
}

// Why: null while nobody asks, otherwise {sentence, picture, waits}.
let reason = null;
// Of several digits, the one that is looked at.
function shown() {
  return document.querySelector('#answer [role=tabpanel]:not([hidden])')
    ?? document.querySelector('#answer');
}
function shownBox() {
  return shown().dataset?.box?.split(',').map(Number);
}
function showReason() {
  const button = shown().querySelector('.why');
  const text = shown().querySelector('.reason');
  overlay.hidden = !reason?.picture;
  if (reason?.picture) overlay.src = reason.picture;
  else overlay.removeAttribute('src');
  if (!button || !text) return;
  // Only what differs: an observer calls this whenever the answer changes.
  const pressed = String(reason !== null);
  if (button.getAttribute('aria-pressed') !== pressed) button.setAttribute('aria-pressed', pressed);
  const sentence = reason?.sentence ?? '';
  if (text.textContent !== sentence) text.textContent = sentence;
}
function dropReason() {
  reason?.waits?.abort();
  reason = null;
  showReason();
}
async function askWhy() {
  const asked = { sentence: 'Asking the model…', waits: new AbortController() };
  reason = asked;
  showReason();
  let answer;
  try {
    const response = await fetch('api/explain', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ image: drawing(shownBox()) }),
      signal: asked.waits.signal,
    });
    answer = await response.json();
  } catch {
    answer = { detail: 'The app does not answer; try again.' };
  }
  if (reason !== asked) return;
  reason = { sentence: answer.sentence ?? answer.detail, picture: answer.overlay };
  showReason();
}
document.addEventListener('click', (event) => {
  if (!event.target.closest?.('#answer .why')) return;
  if (reason) dropReason();
  else askWhy();
});
document.addEventListener('digit-chosen', dropReason);

// Half units are finer than any hand, and a link carries them without loss.
function halve(value) {
  return Math.round(2 * value) / 2;
}

function begin(x, y) {
  stopAnimation();
  dropReason();
  stroke = { width: currentWidth(), points: [[x, y]] };
}

function extend(x, y) {
  const [lastX, lastY] = stroke.points[stroke.points.length - 1];
  if (Math.hypot(x - lastX, y - lastY) >= 1.5) stroke.points.push([x, y]);
}

function finish() {
  if (!stroke) return;
  strokes.push(stroke);
  stroke = null;
  paint();
  send();
}

function undo() {
  stopAnimation();
  if (stroke) stroke = null;
  else if (!strokes.pop()) return;
  if (pen) pen.down = false;
  dropReason();
  paint();
  send();
}

function clear() {
  stopAnimation();
  dropReason();
  strokes = [];
  stroke = null;
  pen = null;
  paint();
  send();
}

// Mouse, pen and finger alike. A second finger neither draws nor disturbs the first.
let pointer = null;
function place(event) {
  const box = canvas.getBoundingClientRect();
  return [
    halve(((event.clientX - box.left) / box.width) * SIDE),
    halve(((event.clientY - box.top) / box.height) * SIDE),
  ];
}
canvas.addEventListener('pointerdown', (event) => {
  if (pointer !== null || event.button !== 0) return;
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  pen = null;
  begin(...place(event));
  paint();
});
canvas.addEventListener('pointermove', (event) => {
  if (event.pointerId !== pointer || !stroke) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  (moves.length ? moves : [event]).forEach((move) => extend(...place(move)));
  paint();
});
for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
  canvas.addEventListener(name, (event) => {
    if (event.pointerId !== pointer) return;
    pointer = null;
    finish();
  });
}
// Some browsers scroll or zoom on touch before they look at touch-action.
canvas.addEventListener('touchstart', (event) => event.preventDefault(), { passive: false });
canvas.addEventListener('touchmove', (event) => event.preventDefault(), { passive: false });
canvas.addEventListener('contextmenu', (event) => event.preventDefault());

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
canvas.addEventListener('keydown', (event) => {
  const { key } = event;
  const takesBack = key === 'Backspace' || (key === 'z' && (event.ctrlKey || event.metaKey));
  if (!(key in ARROWS) && !takesBack && ![' ', 'Enter', 'Delete', 'Escape'].includes(key)) return;
  event.preventDefault();
  if (takesBack) return undo();
  if (key === 'Delete' || key === 'Escape') return clear();
  pen = pen ?? { x: SIDE / 2, y: SIDE / 4, down: false };
  if (key in ARROWS) {
    const step = event.shiftKey ? 4 : 12;
    pen.x = Math.min(SIDE, Math.max(0, pen.x + ARROWS[key][0] * step));
    pen.y = Math.min(SIDE, Math.max(0, pen.y + ARROWS[key][1] * step));
    if (pen.down) extend(pen.x, pen.y);
  } else {
    pen.down = !pen.down;
    if (pen.down) begin(pen.x, pen.y);
    else finish();
  }
  paint();
});
canvas.addEventListener('focus', () => {
  if (canvas.matches(':focus-visible')) pen = pen ?? { x: SIDE / 2, y: SIDE / 4, down: false };
  paint();
});
canvas.addEventListener('blur', () => {
  if (pen?.down) {
    pen.down = false;
    finish();
  }
  paint();
});

undoButton.addEventListener('click', undo);
clearButton.addEventListener('click', clear);

function choose(button) {
  widths.forEach((other) => {
    other.setAttribute('aria-checked', String(other === button));
    other.tabIndex = other === button ? 0 : -1;
  });
}
widths.forEach((button, position) => {
  button.addEventListener('click', () => choose(button));
  button.addEventListener('keydown', (event) => {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    const step = ARROWS[event.key][0] + ARROWS[event.key][1];
    const next = widths[(position + step + widths.length) % widths.length];
    choose(next);
    next.focus();
  });
});
choose(widths[1]);

// Examples draw themselves, as a hand would; at once for people who prefer less motion.
function stopAnimation() {
  cancelAnimationFrame(animation);
  animation = 0;
}
function drawExample(button) {
  stopAnimation();
  const lines = [...button.querySelectorAll('path')].map((path) => {
    const length = path.getTotalLength();
    const count = Math.ceil(length / 2);
    return Array.from({ length: count + 1 }, (_, i) => {
      const { x, y } = path.getPointAtLength((length * i) / count);
      return [halve((x * SIDE) / 100), halve((y * SIDE) / 100)];
    });
  });
  const width = currentWidth();
  dropReason();
  strokes = [];
  stroke = null;
  pen = null;
  const total = lines.reduce((sum, line) => sum + line.length, 0);
  const start = performance.now();
  const milliseconds = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 450;
  const step = (now) => {
    let left = milliseconds ? Math.ceil((total * (now - start)) / milliseconds) : total;
    strokes = [];
    for (const line of lines) {
      if (left <= 0) break;
      strokes.push({ width, points: line.slice(0, Math.max(1, left)) });
      left -= line.length;
    }
    paint();
    if (left < 0 || now - start >= milliseconds) {
      strokes = lines.map((points) => ({ width, points }));
      animation = 0;
      paint();
      send();
    } else {
      animation = requestAnimationFrame(step);
    }
  };
  step(start);
}
element.querySelectorAll('.examples button').forEach((button) => {
  button.addEventListener('click', () => drawExample(button));
});

function fit() {
  const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
  if (side && canvas.width !== side) canvas.width = canvas.height = side;
  paint();
}
new ResizeObserver(fit).observe(canvas);
new MutationObserver(paint).observe(document.body, { attributeFilter: ['class'] });
// An answer that comes after "Why?" was pressed knows nothing of it.
new MutationObserver(() => reason && showReason()).observe(
  document.querySelector('#answer'), { childList: true, subtree: true });
fit();
element.pad = {
  SIDE,
  drawing,
  shownBox,
  strokes: () => strokes,
  show(drawn) {
    stopAnimation();
    dropReason();
    [strokes, stroke, pen] = [drawn, null, null];
    paint();
    send();
  },
};
element.dataset.ready = 'true';
