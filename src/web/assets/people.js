// The people whom a loop addresses: how many stand where, as a bar and in words.
import { h } from './dom.js';
import { counted, grouped } from './words.js';

// The order is that of the terminal; the kind gives the colour, and the words tell them apart without it.
const STANDINGS = [
  ['heard', 'heard', 'good'], ['carried', 'heard before', 'good'], ['failed', 'failed', 'bad'], ['unknown', 'unknown', 'warn'],
  ['waiting_for_room', 'waiting for room', 'busy'], ['outside_window', 'outside window', 'busy'], ['capped', 'capped', 'warn'],
  ['excluded', 'excluded', 'idle'], ['expired', 'expired', 'warn'], ['already_sent', 'already sent', 'idle'],
  ['superseded', 'superseded', 'idle'], ['held_out', 'held out', 'idle'], ['skipped', 'skipped', 'idle'],
  ['cancelled', 'cancelled', 'idle'], ['to_come', 'still to come', 'rest'],
];

/** The counts of one loop that are not zero. */
export function audience(one) {
  const some = STANDINGS.filter(([name]) => one[name] > 0);
  return h('div', { class: 'card audience' },
    h('h2', {}, one.step, h('span', { class: 'faint' }, ` · ${counted(one.people, 'person', 'people')}`)),
    h('div', { class: 'shares', 'aria-hidden': 'true' }, some.map(([name, , kind]) => h('span', { class: kind, style: { flexGrow: one[name] } }))),
    h('ul', { class: 'counts' }, some.map(([name, words, kind]) => h('li', { class: kind, 'data-count': name }, h('strong', {}, grouped(one[name])), ` ${words}`))));
}
