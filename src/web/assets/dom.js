// Elements without markup: every value becomes a text node or an attribute, never HTML.

/** Makes an element. `attributes` may hold `class`, `on…` listeners, `data`, booleans and strings. */
export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.className = value;
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key === 'style') Object.assign(element.style, value);
    else if (key === 'value') element.value = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
}

/** Puts children in the place of what an element holds, and keeps the focus on the element of the same `data-key`. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const open = new Set([...element.querySelectorAll('details[open][data-key]')].map((one) => one.dataset.key));
  const shut = new Set([...element.querySelectorAll('details:not([open])[data-key]')].map((one) => one.dataset.key));
  element.replaceChildren();
  append(element, children);
  for (const one of element.querySelectorAll('details[data-key]')) {
    if (open.has(one.dataset.key)) one.open = true;
    if (shut.has(one.dataset.key)) one.open = false;
  }
  if (key !== undefined) element.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

/** A short word that goes away by itself. */
export function toast(text, kind = 'note') {
  const shown = h('p', { class: `toast ${kind}` }, text);
  document.getElementById('toasts').append(shown);
  setTimeout(() => shown.remove(), 7000);
}

/** Asks before something that cannot be taken back. Resolves with whether it was agreed to. */
export function ask(title, body, yes) {
  return new Promise((resolve) => {
    const close = (answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    const dialog = h('dialog', { 'aria-labelledby': 'asked', oncancel: (event) => { event.preventDefault(); close(false); } },
      h('h2', { id: 'asked' }, title),
      h('div', { class: 'asked' }, body),
      h('div', { class: 'actions end' },
        h('button', { type: 'button', class: 'quiet', onclick: () => close(false) }, 'No'),
        h('button', { type: 'button', class: 'main', onclick: () => close(true) }, yes)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
