// Every workflow of the project: how its file stands, when it fires next, how it last ended.
import { calmly, get } from '../api.js';
import { fill, h } from '../dom.js';
import { chip, counted, runState, sentence, when } from '../words.js';

export function workflowsPage(root, frame) {
  frame.title('Workflows');
  const list = h('div', { class: 'stack', 'aria-busy': 'true' });
  const search = h('input', { type: 'search', placeholder: 'Find a workflow', 'aria-label': 'Find a workflow', oninput: () => draw() });
  fill(root, h('div', { class: 'head' }, h('h1', {}, 'Workflows'), search), list);
  let all = [];

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const shown = all.filter((one) => `${one.name} ${one.file} ${one.description ?? ''}`.toLowerCase().includes(wanted));
    search.hidden = all.length < 8;
    const broken = shown.filter((one) => one.state === 'broken');
    const sound = shown.filter((one) => one.state !== 'broken');
    list.removeAttribute('aria-busy');
    if (all.length === 0) return fill(list, empty());
    if (shown.length === 0) return fill(list, h('p', { class: 'empty' }, `Nothing is called “${search.value}”.`));
    fill(list, broken.map(card), sound.slice(0, 300).map(card),
      sound.length > 300 && h('p', { class: 'faint' }, `and ${sound.length - 300} more: type a name to find one`));
  }

  const load = calmly(async () => {
    try {
      all = (await get('/workflows')).workflows;
      draw();
    } catch (error) {
      fill(list, h('p', { class: 'notice bad' }, sentence(error)));
    }
  });
  load();
  const stop = frame.changes(load);
  return () => { stop(); load.stop(); };
}

function card(one) {
  const broken = one.state === 'broken';
  return h('a', { class: `card row ${broken ? 'bad' : ''}`, href: `/workflows/${encodeURIComponent(one.name)}` },
    h('div', { class: 'grow' },
      h('h2', {}, one.name, broken && chip('broken', counted(one.errors, 'mistake'))),
      h('p', { class: 'faint' }, one.description ?? one.file)),
    h('dl', { class: 'facts' },
      fact('Steps', one.steps ?? '—'),
      fact('Next', one.next_fire ? when(one.next_fire) : one.webhook ? 'by webhook' : '—'),
      fact('Last run', one.last_run ? [chip(runState(one.last_run)), ' ', when(one.last_run.started_at)] : 'never')));
}

function fact(name, ...value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value));
}

function empty() {
  return h('div', { class: 'empty' }, h('h2', {}, 'No workflows yet'),
    h('p', {}, 'Put a file into ', h('code', {}, 'workflows/'), ', or let ', h('code', {}, 'runsheet init'), ' write a first one. It shows up here by itself.'));
}
