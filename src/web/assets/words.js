// How states, instants and lengths are told to people.
import { h } from './dom.js';

const STATES = {
  succeeded: ['✔', 'good', 'succeeded'], failed: ['✖', 'bad', 'failed'], cancelled: ['■', 'idle', 'cancelled'],
  running: ['▶', 'busy', 'running'], stopped: ['■', 'warn', 'stopped'], unknown: ['?', 'warn', 'unknown'],
  skipped: ['–', 'idle', 'skipped'], waiting: ['◷', 'busy', 'waiting'], paused: ['‖', 'warn', 'waiting for go'],
  pending: ['·', 'idle', 'not reached'], blocked: ['✖', 'bad', 'held up'], asking: ['?', 'warn', 'unknown'],
  crashed: ['✖', 'warn', 'crashed'], ok: ['✔', 'good', 'ready'], broken: ['✖', 'bad', 'broken'],
  retrying: ['↻', 'busy', 'trying again'],
  fire: ['▶', 'good', 'runs'], shift: ['↷', 'warn', 'shifted'], catchup: ['↻', 'warn', 'caught up'],
  skip: ['–', 'idle', 'skipped'], missed: ['✖', 'bad', 'missed'],
};

/** The sign, kind and word of a state: told apart without colour too. */
export function state(name) {
  return STATES[name] ?? ['·', 'idle', name];
}

/** A chip with a state. */
export function chip(name, words) {
  const [sign, kind, word] = state(name);
  return h('span', { class: `chip ${kind}` }, h('span', { 'aria-hidden': 'true' }, sign), ` ${words ?? word}`);
}

/** The state of a run, a dead process included. */
export function runState(run) {
  return run.crashed ? 'crashed' : run.status;
}

/** A length: `2.1s`, `3m 05s`, `2h 10m`. */
export function length(ms) {
  if (ms === null || ms === undefined || Number.isNaN(ms)) return '';
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)}s`;
  const seconds = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)}h ${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)} days`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const SHORT = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** The time of day of an instant. */
export const clock = (at) => CLOCK.format(new Date(at));
/** The day of an instant. */
export const day = (at) => DAY.format(new Date(at));

/** An instant as people say it, with the whole of it at hand. */
export function when(at) {
  if (!at) return h('span', { class: 'faint' }, '—');
  const then = new Date(at);
  const today = then.toDateString() === new Date().toDateString();
  return h('time', { datetime: at, title: then.toString() }, today ? SHORT.format(then) : `${DAY.format(then)}, ${SHORT.format(then)}`);
}

/** A length as a mark on an axis: `30s`, `5m`, `2h`. */
export function mark(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}`;
}

/** A whole number with its groups told apart. */
export const grouped = (n) => new Intl.NumberFormat('en').format(n);

/** `1 step`, `2 steps`. */
export const counted = (n, one, more = `${one}s`) => `${grouped(n)} ${n === 1 ? one : more}`;

/** How the steps of a run ended, in a few words. */
export function ends(counts) {
  return ['succeeded', 'failed', 'skipped', 'unknown'].filter((word) => counts[word] > 0)
    .map((word) => `${grouped(counts[word])} ${word}`).join(', ');
}

/** The sentence of a refusal, with its way out. */
export const sentence = (error) => error.hint ? `${error.message} — ${error.hint.replaceAll('`', '')}` : error.message;
