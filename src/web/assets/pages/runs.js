// What was run here, newest first, with filters.
import { calmly, get } from '../api.js';
import { fill, h } from '../dom.js';
import { chip, ends, grouped, length, runState, sentence, when } from '../words.js';

const STATUSES = ['running', 'stopped', 'failed', 'succeeded', 'cancelled'];

export function runsPage(root, frame) {
  frame.title('Runs');
  const asked = new URLSearchParams(location.search);
  let status = asked.get('status') ?? '';
  let workflow = asked.get('workflow') ?? '';
  let pages = 1;
  const list = h('div', { 'aria-busy': 'true' });
  const filters = h('div', { class: 'filters', role: 'group', 'aria-label': 'Which runs' });
  fill(root, h('div', { class: 'head' }, h('h1', {}, 'Runs')), filters, list);

  function draw() {
    const pick = (word) => { status = word; pages = 1; remember(); draw(); load(); };
    fill(filters, ['', ...STATUSES].map((word) => h('button', { class: 'pill', type: 'button', 'data-key': `s-${word}`, 'aria-pressed': String(status === word), onclick: () => pick(word) }, word || 'all')),
      workflow && h('button', { class: 'pill on', type: 'button', onclick: () => { workflow = ''; remember(); draw(); load(); } }, `${workflow} ×`));
  }

  function remember() {
    const query = new URLSearchParams({ ...(status && { status }), ...(workflow && { workflow }) }).toString();
    history.replaceState(null, '', query ? `/runs?${query}` : '/runs');
  }

  const load = calmly(async () => {
    try {
      const runs = [];
      let before = null;
      for (let page = 0; page < pages; page += 1) {
        const query = new URLSearchParams({ limit: 50, ...(status && { status }), ...(workflow && { workflow }), ...(before && { before }) });
        const answer = await get(`/runs?${query}`);
        runs.push(...answer.runs);
        before = answer.next;
        if (!before) break;
      }
      list.removeAttribute('aria-busy');
      fill(list, runRows(runs, true), before && h('p', { class: 'more' }, h('button', { class: 'quiet', 'data-key': 'more', onclick: () => { pages += 1; load(); } }, 'Older runs')));
    } catch (error) {
      fill(list, h('p', { class: 'notice bad' }, sentence(error)));
    }
  });
  draw();
  load();
  const stop = frame.changes(load);
  return () => { stop(); load.stop(); };
}

/** Rows of runs. */
export function runRows(runs, named) {
  if (runs.length === 0) return h('p', { class: 'empty' }, 'No runs.');
  const row = (run) => h('tr', {},
    h('td', {}, h('a', { href: `/runs/${run.run}`, class: 'id' }, run.run)),
    named && h('td', { class: 'wide' }, run.workflow),
    h('td', { class: 'stands' }, chip(runState(run))),
    h('td', { class: 'began' }, when(run.started_at)),
    h('td', { class: 'number late' }, run.ended_at ? length(new Date(run.ended_at) - new Date(run.started_at)) : '—'),
    h('td', { class: 'number late' }, grouped(run.credits)),
    named && h('td', { class: 'late faint' }, ends(run.counts)),
    named && h('td', { class: 'late' }, run.sandbox ? h('span', { class: 'faint' }, 'sandbox') : h('strong', {}, 'live')));
  return h('div', { class: 'scroll' }, h('table', { class: named ? 'runs named' : 'runs' },
    h('thead', {}, h('tr', {}, h('th', {}, 'Run'), named && h('th', {}, 'Workflow'), h('th', {}, 'State'), h('th', {}, 'Started'),
      h('th', { class: 'number late' }, 'Took'), h('th', { class: 'number late' }, 'Credits'), named && h('th', { class: 'late' }, 'Steps'), named && h('th', { class: 'late' }, 'Where'))),
    h('tbody', {}, runs.map(row))));
}
