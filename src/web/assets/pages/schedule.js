// The coming week: every fire, skip and shift, with its reason.
import { calmly, get } from '../api.js';
import { fill, h } from '../dom.js';
import { chip, day, sentence } from '../words.js';

export function schedulePage(root, frame) {
  frame.title('Schedule');
  const list = h('div', { class: 'stack', 'aria-busy': 'true' });
  fill(root, h('div', { class: 'head' }, h('h1', {}, 'Schedule'), h('p', { class: 'faint' }, 'The coming week')), list);
  const load = calmly(async () => {
    try {
      const from = new Date();
      const to = new Date(from.getTime() + 7 * 86_400_000);
      const { fires } = await get(`/schedule?from=${from.toISOString()}&to=${to.toISOString()}`);
      list.removeAttribute('aria-busy');
      fill(list, fires.length === 0 ? nothing() : days(fires));
    } catch (error) {
      fill(list, h('p', { class: 'notice bad' }, sentence(error)));
    }
  });
  load();
  const stop = frame.changes(load);
  const timer = setInterval(load, 60_000);
  return () => { stop(); load.stop(); clearInterval(timer); };
}

function days(fires) {
  const groups = Map.groupBy ? Map.groupBy(fires, (fire) => day(fire.utc)) : fires.reduce((all, fire) => all.set(day(fire.utc), [...(all.get(day(fire.utc)) ?? []), fire]), new Map());
  return [...groups].map(([name, list]) => h('section', { class: 'card' }, h('h2', {}, name),
    h('ol', { class: 'fires' }, list.slice(0, 100).map((fire) => h('li', {},
      h('time', { class: 'id', datetime: fire.utc, title: `${fire.utc} UTC` }, fire.local.slice(11, 16)),
      h('a', { class: 'grow', href: `/workflows/${encodeURIComponent(fire.workflow)}` }, fire.workflow),
      h('span', { class: 'faint reason' }, fire.reason), chip(fire.decision))),
      list.length > 100 && h('li', { class: 'faint' }, `and ${list.length - 100} more`))));
}

function nothing() {
  return h('div', { class: 'empty' }, h('h2', {}, 'Nothing is scheduled'),
    h('p', {}, 'A workflow with ', h('code', {}, 'schedule:'), ' shows up here with every time it runs, is skipped or shifted, and why.'));
}
