// The frame: which page is shown, where it speaks to, and links that do not load anew.
import { get, listen } from './api.js';
import { fill, h } from './dom.js';
import { grouped } from './words.js';
import { runPage } from './pages/run.js';
import { runsPage } from './pages/runs.js';
import { schedulePage } from './pages/schedule.js';
import { stagePage } from './pages/stage.js';
import { workflowPage } from './pages/workflow.js';
import { workflowsPage } from './pages/workflows.js';

const ROUTES = [
  [/^\/$/, workflowsPage], [/^\/workflows\/([^/]+)$/, workflowPage], [/^\/runs$/, runsPage],
  [/^\/runs\/([^/]+)$/, runPage], [/^\/schedule$/, schedulePage], [/^\/stage$/, stagePage],
];

const main = document.getElementById('main');
let leave = () => {};

/** What every page may use: one stream of what changes, and the way to another page. */
const frame = {
  health: null,
  go: (path) => { history.pushState(null, '', path); show(); },
  title: (words) => { document.title = words ? `${words} · Runsheet` : 'Runsheet'; },
  /** Tells of runs and workflows that change; answers how to stop listening. */
  changes: (heard) => { listeners.add(heard); return () => listeners.delete(heard); },
};
const listeners = new Set();

function show() {
  leave();
  for (const link of document.querySelectorAll('nav a')) {
    const path = link.getAttribute('href');
    const here = path === '/' ? /^\/($|workflows)/.test(location.pathname) : location.pathname.startsWith(path);
    link.toggleAttribute('aria-current', here);
    if (here) link.setAttribute('aria-current', 'page');
  }
  for (const [pattern, page] of ROUTES) {
    const found = pattern.exec(location.pathname);
    if (found) {
      const root = h('div', { class: 'page' });
      main.replaceChildren(root);
      leave = page(root, frame, ...found.slice(1).map(named)) ?? (() => {});
      scrollTo(0, 0);
      return;
    }
  }
  fill(main, h('div', { class: 'page empty' }, h('h1', {}, 'There is no such page'), h('p', {}, h('a', { href: '/' }, 'All workflows'))));
}

/** A name in a path; as it is written where it is no text. */
function named(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function place() {
  const shown = document.getElementById('place');
  try {
    const health = await get('/health');
    frame.health = health;
    const { sandbox, host, account, credits } = health.service;
    document.body.dataset.service = sandbox ? 'sandbox' : 'live';
    document.querySelector('[data-sandbox]').hidden = !sandbox;
    const words = [host, account, credits === null || credits === undefined ? null : `${grouped(credits)} credits`];
    fill(shown, h('strong', { class: sandbox ? 'badge' : 'badge live' }, sandbox ? 'SANDBOX' : 'LIVE'),
      h('span', { class: 'where' }, sandbox ? 'nothing leaves this machine' : words.filter(Boolean).join(' · ')));
  } catch (error) {
    fill(shown, h('strong', { class: 'badge off' }, 'OFFLINE'), h('span', { class: 'where' }, error.message));
  }
}

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="/"]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.hasAttribute('download') || link.target) return;
  event.preventDefault();
  if (link.pathname + link.search !== location.pathname + location.search) frame.go(link.pathname + link.search);
});
addEventListener('popstate', show);

listen('/events', ['runs', 'workflows', 'resync'], (event) => {
  // A page that fell behind missed something, and reads all anew.
  const change = event.type === 'resync' ? { kind: 'all' } : { kind: event.type, value: JSON.parse(event.data) };
  for (const heard of listeners) heard(change);
}, (up) => {
  // What happened while the line was down is read anew.
  if (up) for (const heard of listeners) heard({ kind: 'all' });
  place();
});
place().then(show);
setInterval(place, 30_000);
