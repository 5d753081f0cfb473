// What became of the times since yesterday, and the coming week: every fire, skip and shift, with its reason.
import { calmly, get } from '../api.js';
import { fill, h } from '../dom.js';
import { chip, counted, day, sentence } from '../words.js';

/** How many times of the past are shown. */
const MOST = 20;
/** What became of a time, once it has gone by. */
const BECAME = { fire: 'ran', shift: 'ran, shifted', catchup: 'caught up', skip: 'skipped', missed: 'missed' };
/** How it stands, where it has not come to that. */
const STANDS = { waiting: 'waits', claimed: 'about to begin' };

export function schedulePage(root, frame) {
  frame.title('Schedule');
  const list = h('div', { class: 'stack', 'aria-busy': 'true' });
  fill(root, h('div', { class: 'head' }, h('h1', {}, 'Schedule')), list);
  const load = calmly(async () => {
    try {
      const now = new Date();
      const from = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
      const to = new Date(now.getTime() + 7 * 86_400_000);
      const { fires } = await get(`/schedule?from=${from.toISOString()}&to=${to.toISOString()}`);
      list.removeAttribute('aria-busy');
      const gone = fires.filter((fire) => new Date(fire.utc) < now);
      const coming = fires.filter((fire) => new Date(fire.utc) >= now);
      fill(list, fires.length === 0 ? nothing() : [gone.length > 0 && past(gone), week(coming)]);
    } catch (error) {
      fill(list, h('p', { class: 'notice bad' }, sentence(error)));
    }
  });
  load();
  const stop = frame.changes(load);
  const timer = setInterval(load, 60_000);
  return () => { stop(); load.stop(); clearInterval(timer); };
}

/** What was recorded, the newest first. */
function past(fires) {
  const times = (some) => some.reduce((all, fire) => all + fire.times, 0);
  const missed = times(fires.filter((fire) => fire.decision === 'missed'));
  const told = [counted(times(fires), 'time'), missed > 0 && `${missed} missed`].filter(Boolean).join(', ');
  return h('details', { class: 'card past', open: true, 'data-key': 'past' },
    h('summary', {}, h('h2', {}, 'Since yesterday'), h('span', { class: 'faint small' }, told)),
    h('ol', { class: 'fires' }, [...fires].reverse().slice(0, MOST).map((fire) => h('li', {},
      clock(fire),
      h('span', { class: 'faint small when' }, day(fire.utc)),
      h('span', { class: 'grow' }, h('a', { href: `/workflows/${encodeURIComponent(fire.workflow)}` }, fire.workflow),
        fire.run && [' ', h('a', { class: 'id faint', href: `/runs/${encodeURIComponent(fire.run)}` }, fire.run)],
        fire.reason !== 'due' && h('p', { class: 'faint small' }, fire.reason)),
      chip(fire.decision, STANDS[fire.state] ?? BECAME[fire.decision]))),
      fires.length > MOST && h('li', { class: 'faint' }, `and ${fires.length - MOST} before`)));
}

function week(fires) {
  return [h('h2', { class: 'coming' }, 'The coming week'), fires.length === 0 ? h('p', { class: 'faint' }, 'Nothing is due.') : days(fires)];
}

function days(fires) {
  const groups = Map.groupBy ? Map.groupBy(fires, (fire) => day(fire.utc)) : fires.reduce((all, fire) => all.set(day(fire.utc), [...(all.get(day(fire.utc)) ?? []), fire]), new Map());
  return h('div', { class: 'card days' }, [...groups].map(([name, list]) => h('section', {}, h('h3', {}, name),
    h('ol', { class: 'fires' }, list.slice(0, 100).map((fire) => h('li', {},
      clock(fire),
      h('a', { class: 'grow', href: `/workflows/${encodeURIComponent(fire.workflow)}` }, fire.workflow),
      fire.decision !== 'fire' && h('span', { class: 'faint reason' }, fire.reason), chip(fire.decision))),
      list.length > 100 && h('li', { class: 'faint' }, `and ${list.length - 100} more`)))));
}

/** The time of day where the file says, with the offset there if it is not the reader's. */
function clock(fire) {
  const there = fire.local.slice(11, 16);
  const at = new Date(fire.utc);
  const here = [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
  const offset = /[+-]\d\d(:\d\d)?$/.exec(fire.local)?.[0];
  return h('time', { class: 'id', datetime: fire.utc, title: `${fire.utc} UTC` }, there,
    there !== here && offset && h('span', { class: 'faint small' }, ` ${offset.replace(':00', '')}`));
}

function nothing() {
  return h('div', { class: 'empty' }, h('h2', {}, 'Nothing is scheduled'),
    h('p', {}, 'A workflow with ', h('code', {}, 'schedule:'), ' shows up here with every time it runs, is skipped or shifted, and why.'));
}
