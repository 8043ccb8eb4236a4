// The learning curve: loss and share read right by epoch, of the images it learns from
// and of those it only looks at. It grows from left to right, into the room of all epochs.
import { make, number, percent } from './common.js';

const [WIDTH, HEIGHT] = [360, 190];
const EDGE = { left: 56, right: 14, top: 12, bottom: 26 };
const SPACE = 'http://www.w3.org/2000/svg';
const LINES = [['learning', 'while learning'], ['validation', 'on images it only looks at']];

function draw(tag, properties, text) {
  const element = document.createElementNS(SPACE, tag);
  Object.entries(properties).forEach(([name, value]) => element.setAttribute(name, value));
  if (text !== undefined) element.textContent = text;
  return element;
}

const isFigure = (value) => value !== null && value !== undefined && Number.isFinite(value);

// Three to five round figures that hold all values between them.
function findTicks(values, { least, most }) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const rough = Math.max(high - low, 0.002) / 3;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * ([1, 2, 5].find((one) => one * size >= rough) ?? 10);
  const first = Math.max(least, step * Math.floor(low / step + 1e-9));
  const last = Math.min(most, step * Math.ceil(high / step - 1e-9));
  const count = Math.max(1, Math.round((last - first) / step));
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return { ticks: Array.from({ length: count + 1 }, (_, i) => first + i * step), digits };
}

function drawPanel(title, rows, epochs, names, bounds, word, tick) {
  const series = names.map((name) => rows.filter((row) => isFigure(row[name])).map((row) => [row.epoch, row[name]]));
  const values = series.flat().map(([, value]) => value);
  const last = series.map((points) => points.at(-1)?.[1]);
  const said = last.map((value, i) => (isFigure(value) ? `${word(value)} ${LINES[i][1]}` : '')).filter(Boolean).join(', ');
  const picture = draw('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': `${title} after ${number(rows.length)} of ${number(epochs)} epochs: ${said || 'nothing yet'}` });
  const { ticks: levels, digits } = findTicks(values.length ? values : [0, 1], bounds);
  const [low, high] = [levels[0], levels.at(-1)];
  const room = WIDTH - EDGE.left - EDGE.right;
  const x = (epoch) => EDGE.left + (epochs > 1 ? (epoch - 1) / (epochs - 1) : 0.5) * room;
  const y = (value) => EDGE.top + ((high - value) / (high - low || 1)) * (HEIGHT - EDGE.top - EDGE.bottom);
  for (const value of levels) {
    picture.append(draw('line', { class: 'grid-line', x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }));
    picture.append(draw('text', { class: 'tick', x: EDGE.left - 8, y: y(value) + 4, 'text-anchor': 'end' }, tick(value, digits)));
  }
  const ticks = [...new Set([1, Math.round((1 + epochs) / 2), epochs])];
  ticks.forEach((epoch) => picture.append(draw('text', { class: 'tick', x: x(epoch), y: HEIGHT - 6, 'text-anchor': epochs === 1 ? 'middle' : epoch === 1 ? 'start' : epoch === epochs ? 'end' : 'middle' }, number(epoch))));
  series.forEach((points, i) => {
    if (!points.length) return;
    const [kind] = LINES[i];
    picture.append(draw('polyline', { class: `curve ${kind}`, points: points.map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`).join(' ') }));
    const [epoch, value] = points.at(-1);
    picture.append(draw('circle', { class: `curve-end ${kind}`, cx: x(epoch).toFixed(1), cy: y(value).toFixed(1), r: 3.5 }));
  });
  const key = (i) => make('span', { class: `curve-key ${LINES[i][0]}` }, make('i'), `${LINES[i][1]}${isFigure(last[i]) ? `: ${word(last[i])}` : ''}`);
  return make('figure', { class: 'chart' }, make('figcaption', { text: title }), picture,
    make('div', { class: 'curve-keys', 'aria-hidden': 'true' }, key(1), key(0)));
}

// rows: {epoch, loss, accuracy, val_loss, val_accuracy} each, figures may be null.
export function showCurve(rows, epochs) {
  const most = Math.max(epochs ?? 0, rows.at(-1)?.epoch ?? 1);
  return make('div', { class: 'charts' },
    drawPanel('Read right', rows, most, ['accuracy', 'val_accuracy'], { least: 0, most: 1 }, (value) => percent(value), (value, digits) => percent(value, Math.max(0, digits - 2))),
    drawPanel('Loss', rows, most, ['loss', 'val_loss'], { least: 0, most: Infinity }, (value) => value.toFixed(value < 1 ? 3 : 2), (value, digits) => value.toFixed(digits)));
}
