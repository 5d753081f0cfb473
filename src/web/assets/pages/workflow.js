// One workflow: its mistakes under the line, the form to start it, its graph, its source, its last runs.
import { begins, calmly, get, once, post } from '../api.js';
import { ask, fill, h, toast } from '../dom.js';
import { drawing } from '../graph.js';
import { form } from '../form.js';
import { runRows } from './runs.js';
import { chip, counted, grouped, length, sentence, when } from '../words.js';

export function workflowPage(root, frame, name) {
  frame.title(name);
  const head = h('div', { class: 'head' });
  const start = h('section', { class: 'card', 'aria-label': 'Start' });
  const graph = h('section', { class: 'card', 'aria-label': 'Plan' });
  const source = h('section', { class: 'card flush', 'aria-label': 'Source' });
  const runs = h('section', { 'aria-label': 'Runs' });
  fill(root, h('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, h('a', { href: '/' }, 'Workflows'), ' / ', name),
    head, h('div', { class: 'columns' }, h('div', {}, start, runs), h('div', {}, graph)), source);
  const path = `/workflows/${encodeURIComponent(name)}`;
  let drawn = '';
  let formed = '';
  let inputs = null;
  let plan = null;

  const load = calmly(async () => {
    try {
      const flow = await get(path);
      fill(head, h('div', { class: 'grow' }, h('h1', {}, flow.name, ' ', chip(flow.state)),
        h('p', { class: 'faint' }, flow.description && `${flow.description} · `, h('code', {}, flow.file),
          flow.next_fire && [' · fires next ', when(flow.next_fire)])));
      root.classList.toggle('broken', flow.state === 'broken');
      const found = JSON.stringify([flow.source, flow.diagnostics]);
      const takes = JSON.stringify([flow.inputs, flow.state, flow.good]);
      if (takes !== formed) drawStart(flow);
      else if (found !== drawn) plan?.();
      if (found !== drawn) fill(source, listing(flow));
      [drawn, formed] = [found, takes];
      fill(runs, h('h2', {}, 'Runs'), runRows((await get(`/runs?limit=8&workflow=${encodeURIComponent(flow.name)}`)).runs, false));
    } catch (error) {
      fill(head, h('p', { class: 'notice bad' }, sentence(error)));
    }
  });

  /** What starts a run, made anew only where the inputs or the state changed: what was typed stays. */
  function drawStart(flow) {
    plan?.stop();
    plan = null;
    if (flow.state === 'broken' && !flow.good) {
      fill(start, h('h2', {}, 'Start'), h('p', {}, `${counted(flow.errors, 'mistake')} to mend first: see below, under the line.`));
      fill(graph, h('h2', {}, 'Plan'), h('p', { class: 'faint' }, 'The graph is drawn when the file is sound.'));
      return;
    }
    inputs = form(flow.inputs, () => plan(), inputs?.typed());
    const what = h('div', { class: 'preview', 'aria-live': 'polite' });
    plan = calmly(async () => {
      try {
        const answer = await post(`${path}/plan`, { inputs: inputs.values() });
        inputs.clear();
        fill(graph, h('h2', {}, 'Plan'), drawing(answer.svg));
        fill(what, preview(answer));
      } catch (error) {
        inputs.complain(error);
        fill(what, h('p', { class: 'notice bad' }, sentence(error)));
      }
    }, 300);
    fill(start, h('h2', {}, 'Start'),
      flow.state === 'broken' && h('p', { class: 'notice warn' }, 'The file has mistakes now: what runs is its last good version.'),
      h('form', { class: 'stack', onsubmit: (event) => { event.preventDefault(); launch(false); } }, inputs.element, what,
        h('div', { class: 'actions' },
          h('button', { class: 'main', type: 'submit', 'data-key': 'run' }, 'Run'),
          h('button', { class: 'quiet', type: 'button', 'data-key': 'dry', onclick: () => launch(true) }, 'Dry run'))));
    plan();
  }

  const begin = begins();
  /** Begins a run of what is typed now, once however often it is pressed. */
  const launch = once(async (dry) => {
    const wanted = { workflow: name, inputs: inputs.values(), dry };
    const service = frame.health?.service;
    try {
      // Where it is not known to be a sandbox, it is taken for live.
      const live = h('p', {}, `What it says is heard at ${service?.host ?? 'the service'}.`);
      if (!dry && !service?.sandbox && !await ask('Run this LIVE?', live, 'Run it live')) return;
      let answer;
      try {
        answer = await begin('/runs', wanted);
      } catch (error) {
        if (error.code !== 'would-buy' || !await buys(error.body)) throw error;
        answer = await begin('/runs', { ...wanted, allow_purchase: true });
      }
      if (root.isConnected) frame.go(`/runs/${answer.run}`);
    } catch (error) {
      if (error.code !== 'would-buy') toast(sentence(error), 'bad');
    }
  });

  load();
  const stop = frame.changes(({ kind, value }) => {
    if (kind === 'all' || (kind === 'runs' && value.workflow === name) || (kind === 'workflows' && value.name === name)) load();
  });
  return () => { stop(); load.stop(); plan?.stop(); };
}

/** Asks whether to buy what a run needs. */
export function buys({ buys: agents, credits }) {
  const price = h('p', {}, `${counted(agents.length, 'agent')} would be bought for ${grouped(credits)} credits: `,
    agents.map((one) => one.step).join(', '), '.');
  return ask('Buy what this run needs?', price, `Spend ${grouped(credits)} credits`);
}

function preview(answer) {
  const said = answer.says.slice(0, 6).map((line) => h('li', {}, h('q', {}, line.text), line.room && h('span', { class: 'faint' }, ` → ${line.room}`)));
  const costs = answer.credits > 0 ? `at most ${grouped(answer.credits)} credits` : 'nothing is bought';
  const takes = answer.duration_ms ? `about ${length(answer.duration_ms)}` : null;
  return [
    h('p', { class: 'faint' }, [counted(answer.says.length, 'line'), costs, takes].filter(Boolean).join(' · ')),
    said.length > 0 && h('ol', { class: 'says' }, said, answer.says.length > 6 && h('li', { class: 'faint' }, `and ${answer.says.length - 6} more`)),
  ];
}

/** The file, with each mistake under its line. */
function listing(flow) {
  const under = new Map();
  for (const one of flow.diagnostics) {
    const line = one.line ?? 1;
    under.set(line, [...(under.get(line) ?? []), one]);
  }
  const rows = flow.source.split('\n').flatMap((text, index) => {
    const found = under.get(index + 1) ?? [];
    return [
      h('div', { class: `line ${found.length > 0 ? 'hit' : ''}`, id: `L${index + 1}` },
        h('span', { class: 'number', 'aria-hidden': 'true' }, index + 1), h('code', {}, text || ' ')),
      ...found.map((one) => mistake(one)),
    ];
  });
  const mistakes = flow.diagnostics.length > 0 && h('ol', { class: 'found' }, flow.diagnostics.map((one) => h('li', {}, h('a', { href: `#L${one.line}` }, `line ${one.line}`), ` ${one.message}`, one.hint && h('span', { class: 'faint' }, ` · ${one.hint}`))));
  return [h('div', { class: 'bar' }, h('h2', {}, 'Source'), h('code', { class: 'faint' }, flow.file)), mistakes, h('div', { class: 'source', tabindex: 0, role: 'region', 'aria-label': 'Source' }, rows)];
}

function mistake(one) {
  const from = (one.column ?? 1) - 1;
  const wide = Math.max(1, (one.end_column ?? from + 2) - 1 - from);
  const severity = one.severity === 'warning' ? 'warn' : 'bad';
  return h('div', { class: `mistake ${severity}` },
    h('code', { class: 'caret', 'aria-hidden': 'true' }, ' '.repeat(from) + '^'.repeat(wide)),
    h('p', {}, h('strong', {}, `${one.severity ?? 'error'}[${one.code}]`), ` line ${one.line}: ${one.message}`),
    one.hint && h('p', { class: 'hint' }, `hint: ${one.hint}`));
}
