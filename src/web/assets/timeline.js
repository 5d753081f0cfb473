// When everything happened: a row a step, its waits hatched, its attempts solid.
import { h } from './dom.js';
import { length, mark, state } from './words.js';

const MOST = 120;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

/** A Gantt chart of a run. */
export function timeline(run) {
  const begun = run.steps.filter((one) => one.began_at || one.waits.length > 0);
  if (begun.length === 0) return h('p', { class: 'faint' }, 'Nothing began yet.');
  const start = Math.min(...begun.map((one) => first(one)));
  const open = run.status === 'running' ? Date.now() : 0;
  const end = Math.max(start + 1000, open, ...begun.flatMap((one) => [one.ended_at, ...one.waits.map((wait) => wait.until)]).filter(Boolean).map((at) => Math.min(Date.parse(at), open || Infinity)));
  const place = (from, to) => ({ left: `${100 * (from - start) / (end - start)}%`, width: `max(3px, ${100 * Math.max(0, to - from) / (end - start)}%)` });
  const shown = begun.slice(-MOST);
  return h('div', { class: 'gantt' }, axis(end - start),
    begun.length > MOST && h('p', { class: 'faint small' }, `the last ${MOST} of ${begun.length}`),
    shown.map((one) => row(one, place, open || end)));
}

const first = (one) => Math.min(...[one.began_at, ...one.waits.map((wait) => wait.from)].filter(Boolean).map((at) => Date.parse(at)));

function axis(span) {
  const step = 1000 * (STEPS.find((seconds) => span / 1000 / seconds <= 6) ?? 86_400 * Math.ceil(span / 86_400_000 / 6));
  const marks = [];
  for (let at = 0; at < span; at += step) marks.push(at);
  return h('div', { class: 'axis', 'aria-hidden': 'true' }, h('span'), h('div', { class: 'track' }, marks.map((at) => h('span', { style: { left: `${100 * at / span}%` } }, at === 0 ? '0' : mark(at)))));
}

function row(one, place, now) {
  const [sign, kind, word] = state(one.state);
  const name = one.item ? `${one.step} · ${one.item.key}` : one.step;
  const ended = one.ended_at ? Date.parse(one.ended_at) : now;
  const bars = one.attempts.length > 0
    ? one.attempts.map((attempt) => [Date.parse(attempt.began_at), attempt.ended_at ? Date.parse(attempt.ended_at) : ended, attempt.error ? 'bad' : kind])
    : one.began_at ? [[Date.parse(one.began_at), ended, kind]] : [];
  const told = [name, word, one.began_at && length(ended - Date.parse(one.began_at)), one.attempts.length > 1 && `${one.attempts.length} attempts`].filter(Boolean).join(', ');
  return h('div', { class: 'ganttrow', title: told, role: 'img', 'aria-label': told },
    h('span', { class: 'label' }, h('span', { class: `sign ${kind}`, 'aria-hidden': 'true' }, sign), name),
    h('div', { class: 'track' },
      one.waits.map((wait) => h('span', { class: 'bar wait', style: place(Date.parse(wait.from), Math.min(wait.until ? Date.parse(wait.until) : now, now)) })),
      bars.map(([from, to, kind]) => h('span', { class: `bar ${kind}`, style: place(from, to) }))));
}
