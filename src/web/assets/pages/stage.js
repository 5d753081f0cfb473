// What a sandbox heard: a panel a room, lines as they come.
import { calmly, get } from '../api.js';
import { fill, h } from '../dom.js';
import { clock, sentence } from '../words.js';

export function stagePage(root, frame) {
  frame.title('Stage');
  const rooms = h('div', { class: 'rooms', 'aria-live': 'polite', 'aria-busy': 'true' });
  fill(root, h('div', { class: 'head' }, h('h1', {}, 'Stage'), h('p', { class: 'faint' }, 'What the rooms of this sandbox hear')), rooms);
  let shown = '';
  const load = calmly(async () => {
    try {
      const answer = await get('/stage');
      const found = JSON.stringify(answer);
      if (found === shown) return;
      shown = found;
      rooms.removeAttribute('aria-busy');
      fill(rooms, answer.rooms.length === 0 ? h('p', { class: 'empty' }, 'It is quiet. Start a workflow, and its lines are heard here.') : answer.rooms.map(panel));
      for (const list of rooms.querySelectorAll('.heard')) list.scrollTop = list.scrollHeight;
    } catch (error) {
      fill(rooms, h('p', { class: 'notice' }, error.status === 404 ? 'A live service has no stage: what is heard, is heard there.' : sentence(error)));
    }
  }, 400);
  load();
  const stop = frame.changes(({ kind }) => { if (kind !== 'workflows') load(); });
  return () => { stop(); load.stop(); };
}

function panel(room) {
  const lines = room.lines.slice(-200);
  return h('section', { class: 'card room', 'aria-label': room.room }, h('h2', {}, room.room, h('span', { class: 'faint' }, ` ${room.lines.length}`)),
    h('ol', { class: 'heard', tabindex: 0 }, lines.map((line) => h('li', { class: line.kind }, h('time', { class: 'faint' }, clock(line.at)), h('p', {}, line.text)))));
}
