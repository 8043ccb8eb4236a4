// Pages and parts of pages for whoever runs this app: the key is asked for once a tab,
// and tried before anything is shown.
import { hasKey, make, onKey, setKey, tryKey } from './common.js';

export function makeKeyForm() {
  const field = make('input', { type: 'password', name: 'key', required: true, autocomplete: 'off', spellcheck: 'false' });
  const button = make('button', { class: 'button primary', text: 'Use it' });
  const status = make('p', { class: 'status notice', role: 'status' });
  return make('form', { class: 'key-form', onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    status.textContent = '';
    try {
      await tryKey(field.value);
      field.value = '';
    } catch (error) {
      status.textContent = error.message;
      field.select();
    }
    button.disabled = false;
  } },
  make('label', {}, 'API key', field), button, status);
}

// The end of a page that knows the key: a way to make this tab forget it.
export function makeForgetButton() {
  return make('button', { type: 'button', class: 'button', text: 'Forget the key', onclick: () => setKey('') });
}

// A part of a page that works with the key and without it.
export function fillKeyPlace(place) {
  const fill = () => place.replaceChildren(hasKey() ? makeForgetButton() : makeKeyForm());
  onKey(fill);
  fill();
}

// Show what lies in `.inside` to whoever has the key, and ask everybody else for it.
export function guard(root, page) {
  const inside = root.querySelector('.inside');
  const lock = make('div', { class: 'lock' },
    make('p', { class: 'soft', text: 'This page is for whoever runs this app. Its key is the API_KEY that the app was given, or the one that it showed when it was first started; it stays in this tab until you close it.' }),
    makeKeyForm());
  inside.after(lock);
  inside.append(make('div', { class: 'buttons after' }, makeForgetButton()));
  let shown = false;
  let entered = false;
  function look() {
    const open = hasKey();
    inside.hidden = !open;
    lock.hidden = open;
    const wanted = shown && open;
    if (wanted === entered) return;
    entered = wanted;
    if (wanted) page.enter();
    else page.leave?.();
  }
  onKey(look);
  look();
  return {
    enter() { shown = true; look(); },
    leave() { shown = false; look(); },
  };
}
