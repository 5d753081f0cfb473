// One run, live: what it waits for, what went wrong, what was said, when everything happened.
import { begins, calmly, get, listen, post, text } from '../api.js';
import { ask, fill, h, toast } from '../dom.js';
import { drawing, paint } from '../graph.js';
import { audience } from '../people.js';
import { timeline } from '../timeline.js';
import { transcript } from '../transcript.js';
import { buys } from './workflow.js';
import { chip, ends, grouped, length, runState, sentence, when } from '../words.js';

const EVENTS = ['run_started', 'step_started', 'step_progress', 'step_waiting', 'step_retrying', 'step_succeeded', 'step_failed', 'step_skipped',
  'step_unknown', 'step_resolved', 'step_cancelled', 'audience', 'run_stopped', 'run_resumed', 'run_finished', 'end'];

export function runPage(root, frame, id) {
  frame.title(`Run ${id}`);
  const part = (name, label) => h('section', { class: name, 'aria-label': label });
  const head = h('div', { class: 'head' });
  const line = h('p', { class: 'notice warn', hidden: true }, 'The line to the server is down. This page goes on by itself when it is back.');
  const [now, people, trouble, said, course, details] = [part('now', 'Now'), part('people', 'People'), part('trouble', 'What went wrong'), part('card', 'Transcript'), part('card', 'Timeline'), part('card', 'Details')];
  const graph = h('div', {}, h('p', { class: 'faint' }, '…'));
  now.setAttribute('aria-live', 'assertive');
  fill(root, h('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, h('a', { href: '/runs' }, 'Runs'), ` / ${id}`), head, line, now, people, trouble,
    h('div', { class: 'columns even' }, said, course), h('details', { class: 'card', open: true }, h('summary', {}, h('h2', {}, 'Graph')), graph), details);
  const path = `/runs/${encodeURIComponent(id)}`;
  let run = null;

  const begin = begins();
  // The page is drawn anew under the hand: what is pressed is known by what it asks, not by its button.
  const pressed = new Set();
  const act = (verb, body, done) => async () => {
    const asked = JSON.stringify([verb, body]);
    if (pressed.has(asked)) return;
    pressed.add(asked);
    try {
      if (await say(verb, body) && done) toast(done);
    } catch (error) {
      // A go that came late finds nothing that waits, and nothing is wrong.
      if (!(verb === 'go' && error.code === 'nothing-waits')) toast(sentence(error), 'bad');
    } finally {
      pressed.delete(asked);
      load();
    }
  };
  /** Whether it was done: lines that would be said, and what would be bought, are agreed to first. */
  const say = async (verb, body) => {
    try {
      const answer = await (verb === 'rerun' ? begin : post)(`${path}/${verb}`, body);
      if (answer.run !== id && root.isConnected) frame.go(`/runs/${answer.run}`);
      return true;
    } catch (error) {
      if (error.code !== 'would-say' && error.code !== 'would-buy') throw error;
      const agreed = (!error.body.says || await ask('Say these lines?', lines(error.body.says), 'Go on')) && (!error.body.buys || await buys(error.body));
      return agreed && say(verb, { ...body, yes: true });
    }
  };

  // What is pressed must not be made anew between the press and its end: buttons change with the run alone.
  const facts = h('p', { class: 'faint' });
  const actions = h('div', { class: 'actions' });
  let [headed, asked] = ['', ''];

  function drawFacts() {
    const took = (run.ended_at ? new Date(run.ended_at) : new Date()) - new Date(run.started_at);
    fill(facts, `began `, when(run.started_at), ` · ${length(took)} · ${grouped(run.credits)} credits`, ends(run.counts) && ` · ${ends(run.counts)}`, run.sandbox ? ' · sandbox' : ' · live');
  }

  function drawHead() {
    drawFacts();
    const shown = JSON.stringify([run.status, run.crashed]);
    if (shown === headed) return;
    headed = shown;
    const cancel = async () => {
      if (await ask('Cancel this run?', h('p', {}, 'What is under way ends, `finally` runs, and the run cannot be resumed.'), 'Cancel the run')) act('cancel', {}, 'It is being cancelled')();
    };
    const button = (words, kind, onclick) => h('button', { class: kind, type: 'button', 'data-key': words, onclick }, words);
    fill(head,
      h('div', { class: 'grow' }, h('h1', {}, h('a', { href: `/workflows/${encodeURIComponent(run.workflow)}` }, run.workflow), ' ', h('span', { class: 'id faint' }, run.run), ' ', chip(runState(run))), facts), actions);
    fill(actions,
        run.status === 'stopped' && button('Resume', 'main', act('resume', {}, 'It goes on')),
        ['running', 'stopped'].includes(run.status) && button('Cancel', 'quiet', cancel),
        run.status === 'failed' && button('Repeat what failed', 'main', act('rerun', { failed: true })),
        !['running', 'stopped'].includes(run.status) && button('Run again', 'quiet', act('rerun', {})));
  }

  function drawNow() {
    const shown = JSON.stringify([run.waiting, run.unknown]);
    if (shown === asked) return;
    asked = shown;
    const parts = [];
    if (run.waiting) {
      parts.push(h('div', { class: 'stagecall' }, h('p', { class: 'faint' }, 'Waiting for go'), h('p', { class: 'cue' }, run.waiting.message || run.waiting.step),
        run.waiting.next && h('p', { class: 'next' }, 'next: ', h('q', {}, run.waiting.next)),
        h('button', { class: 'go', type: 'button', 'data-key': 'go', onclick: act('go', { step: run.waiting.step, item: run.waiting.item }) }, 'Go')));
    }
    for (const one of run.unknown) {
      const settle = (as) => act('resolve', { step: one.step, item: one.item, as });
      parts.push(h('div', { class: 'stagecall' }, h('p', { class: 'faint' }, `Nobody knows whether ${one.step} took effect. Sent `, when(one.sent_at), ', no answer.'),
        one.text && h('p', { class: 'cue' }, h('q', {}, one.text)), h('p', {}, 'Was it heard?'),
        h('div', { class: 'actions' }, h('button', { class: 'main', 'data-key': `yes-${one.step}`, onclick: settle('happened') }, 'Yes, go on'),
          h('button', { class: 'quiet', 'data-key': `no-${one.step}`, onclick: settle('did_not_happen') }, 'No, say it now'))));
    }
    fill(now, parts);
  }

  function drawPeople() {
    fill(people, run.audiences.map((one) => audience(one)));
  }

  function drawTrouble() {
    const failed = run.steps.filter((one) => ['failed', 'blocked'].includes(one.state) && one.error);
    const own = run.failure ? [h('div', { class: 'card bad' }, h('h2', {}, chip('failed'), ' the run'), h('p', { class: 'cue' }, run.failure.message))] : [];
    fill(trouble, own, failed.slice(0, 5).map((one) => h('details', { class: 'card bad', open: true, 'data-key': `failed-${one.step}-${one.item?.key ?? ''}` },
      h('summary', {}, h('h2', {}, chip(one.state), ` ${one.step}${one.item ? ` · ${one.item.key}` : ''}`)),
      h('p', { class: 'cue' }, one.error.message),
      h('p', { class: 'faint' }, [one.error.class, one.error.code, one.error.status && `status ${one.error.status}`, one.error.request_id].filter(Boolean).join(' · ')),
      one.attempts.length > 1 && h('ol', { class: 'attempts' }, one.attempts.map((attempt) => h('li', {}, h('span', { class: 'faint' }, `attempt ${attempt.number}, `, when(attempt.began_at)), ' ', attempt.error?.message ?? 'no error'))))),
      failed.length > 5 && h('p', { class: 'faint' }, `and ${failed.length - 5} more`));
  }

  function drawDetails() {
    const pairs = (title, values) => Object.keys(values ?? {}).length > 0 && h('div', {}, h('h3', {}, title), h('dl', { class: 'pairs' },
      Object.entries(values).map(([name, value]) => [h('dt', {}, name), h('dd', {}, typeof value === 'string' ? value : JSON.stringify(value))])));
    fill(details, h('h2', {}, 'Details'), h('div', { class: 'columns even' }, pairs('Inputs', run.inputs), pairs('Outputs', run.outputs)),
      h('p', { class: 'faint' }, h('code', {}, run.file), run.stop_reason && ` · stopped: ${run.stop_reason}`, ` · ${run.last_seq + 1} events`));
  }

  const load = calmly(async () => {
    try {
      run = await get(path);
      for (const one of run.steps) if (run.waiting?.step === one.step) one.state = 'paused';
      drawHead();
      drawNow();
      drawPeople();
      drawTrouble();
      fill(said, h('h2', {}, 'Transcript'), transcript(run));
      fill(course, h('h2', {}, 'Timeline'), timeline(run));
      drawDetails();
      paint(graph, run);
      if (!hang && root.isConnected) follow();
    } catch (error) {
      headed = '';
      fill(head, h('p', { class: 'notice bad' }, sentence(error)));
    }
  });
  load();
  text(`${path}/graph.svg`).then((svg) => { fill(graph, drawing(svg)); if (run) paint(graph, run); }).catch(() => fill(graph, h('p', { class: 'faint' }, 'There is no drawing of this run.')));
  // Events say that there is something new; the state itself is read whole, so that none is lost or shown twice.
  let hang = null;
  const follow = () => { hang = listen(`${path}/events`, EVENTS, (event) => { load(); if (event.type === 'end') hang(); }, (up) => { line.hidden = up || run?.ended_at !== null; if (up) load(); }, run.last_seq); };
  const stop = frame.changes((change) => { if (change.kind === 'all' || (change.kind === 'runs' && change.value.run === id)) load(); });
  const timer = setInterval(() => {
    if (run?.status !== 'running') return;
    drawFacts();
    fill(course, h('h2', {}, 'Timeline'), timeline(run));
  }, 1000);
  return () => { hang?.(); stop(); load.stop(); clearInterval(timer); };
}

function lines(says) {
  return h('ol', { class: 'says' }, (says ?? []).slice(0, 8).map((one) => h('li', {}, h('q', {}, one.text), one.room && h('span', { class: 'faint' }, ` → ${one.room}`))));
}
