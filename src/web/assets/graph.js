// The plan as the server draws it, with the state of each step put in.
import { h } from './dom.js';
import { state } from './words.js';

/** A drawing, its own style left out: the page's goes with the page's colours. */
export function drawing(svg) {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  if (parsed.nodeName !== 'svg') return h('p', { class: 'faint' }, 'The drawing cannot be read.');
  for (const one of parsed.querySelectorAll('style, script, foreignObject')) one.remove();
  return h('div', { class: 'graph', tabindex: 0, role: 'region', 'aria-label': 'Graph' }, document.importNode(parsed, true));
}

/** Marks every step of a drawing with how it stands. */
export function paint(root, run) {
  const states = new Map();
  for (const one of run.steps) {
    if (!one.item) states.set(one.step, one.state);
  }
  for (const group of root.querySelectorAll('[data-step]')) {
    const found = states.get(group.dataset.step);
    if (!found || group.dataset.state === found) continue;
    group.dataset.state = found;
    const [sign, kind] = state(found);
    group.dataset.kind = kind;
    const mark = group.querySelector(':scope > .sign');
    if (mark) mark.textContent = `${sign} ${state(found)[2]}`;
  }
}
