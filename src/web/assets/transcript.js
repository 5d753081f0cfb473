// What was said where and when, as a script reads.
import { h } from './dom.js';
import { clock, state } from './words.js';

const SPOKEN = ['speak', 'add_context'];
const MOST = 400;

/** The lines of a run, in the order they went out; what comes next stays faint. */
export function transcript(run) {
  const spoken = run.steps.filter((one) => SPOKEN.includes(one.action) && one.text);
  const out = spoken.filter((one) => one.began_at).sort((a, b) => a.began_at.localeCompare(b.began_at));
  const next = ['running', 'stopped'].includes(run.status) ? spoken.filter((one) => !one.began_at && ['pending', 'waiting'].includes(one.state)).slice(0, 2) : [];
  if (out.length + next.length === 0) return h('p', { class: 'faint' }, 'Nothing was said yet.');
  const hidden = Math.max(0, out.length - MOST);
  return h('ol', { class: 'transcript' },
    hidden > 0 && h('li', { class: 'faint' }, `${hidden} earlier lines`),
    out.slice(hidden).map((one) => row(one)), next.map((one) => row(one, 'next')));
}

function row(one, extra = '') {
  const [sign, kind, word] = state(one.state);
  const context = one.action === 'add_context';
  return h('li', { class: `${extra} ${context ? 'context' : ''}` },
    h('span', { class: `sign ${kind}`, title: word }, h('span', { 'aria-hidden': 'true' }, sign), h('span', { class: 'unseen' }, word)),
    h('div', { class: 'grow' }, h('p', {}, context ? one.text : h('q', {}, one.text)),
      h('p', { class: 'faint small' }, [context ? 'context' : null, one.room ? `→ ${one.room}` : '→ every room', one.item?.key, one.result?.delivered_to_rooms !== undefined ? `heard in ${one.result.delivered_to_rooms}` : null].filter(Boolean).join(' · '))),
    h('time', { class: 'faint small' }, one.began_at ? clock(one.began_at) : 'next'));
}
