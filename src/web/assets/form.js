// A form from the types of a workflow's inputs.
import { h } from './dom.js';

/**
 * The form's element, the values as typed, and where to complain. `changed` is told of every change. `before` is what
 * was typed into an earlier form: it stays, wherever there still is such an input.
 */
export function form(inputs, changed, before = {}) {
  const fields = inputs.map((input) => field(input, changed, before[input.name]));
  return {
    element: fields.length === 0 ? h('p', { class: 'faint' }, 'It takes no inputs.') : h('div', { class: 'fields' }, fields.map((one) => one.element)),
    values: () => Object.fromEntries(fields.map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined)),
    typed: () => Object.fromEntries(fields.map((one) => [one.name, one.typed()]).filter(([, text]) => text !== undefined)),
    clear: () => fields.forEach((one) => one.complain('')),
    complain: (error) => {
      for (const one of fields) one.complain(error.message.includes(`\`${one.name}\``) ? error.message : '');
    },
  };
}

function field(input, changed, before) {
  const id = `input-${input.name}`;
  const note = h('p', { class: 'faint', id: `${id}-note` }, input.description ?? '');
  const wrong = h('p', { class: 'wrong', role: 'alert' });
  let typed = false;
  const common = { id, name: input.name, oninput: () => { typed = true; changed(); }, 'aria-describedby': `${id}-note`, required: input.required, autocomplete: 'off', 'data-key': id };
  const control = CONTROLS[input.type]?.(input, common) ?? text(input, common);
  if (before !== undefined) {
    const own = control.value;
    control.value = before;
    typed = control.value === before;
    // A list or a number does not take every text.
    if (!typed) control.value = own;
  }
  const label = h('label', { for: id }, input.name, input.required && h('span', { class: 'faint' }, ' required'));
  return {
    name: input.name,
    value: () => read(input, control),
    typed: () => (typed ? control.value : undefined),
    complain: (words) => { wrong.textContent = words; control.setAttribute('aria-invalid', String(words !== '')); },
    element: h('div', { class: `field ${input.type}` }, label, control, note, wrong),
  };
}

const CONTROLS = {
  boolean: (input, common) => h('select', common, ['true', 'false'].map((word) => h('option', { value: word, selected: String(input.default) === word }, word === 'true' ? 'yes' : 'no'))),
  enum: (input, common) => h('select', common, !input.required || input.default !== null ? null : h('option', { value: '' }, 'choose…'),
    (input.values ?? []).map((word) => h('option', { value: word, selected: input.default === word }, word))),
  integer: (input, common) => h('input', { ...common, type: 'number', step: 1, min: input.min, max: input.max, value: input.default ?? '' }),
  number: (input, common) => h('input', { ...common, type: 'number', step: 'any', min: input.min, max: input.max, value: input.default ?? '' }),
  list: (input, common) => h('textarea', { ...common, rows: 3, placeholder: 'one a line', value: (input.default ?? []).join('\n') }),
};

function text(input, common) {
  return h('input', { ...common, type: input.sensitive ? 'password' : 'text', value: input.sensitive ? '' : (input.default ?? '') });
}

/** The value in its type; nothing where nothing was typed, so that the default counts. */
function read(input, control) {
  const typed = control.value;
  if (typed === '' && (input.type !== 'string' || input.sensitive || input.required)) return undefined;
  switch (input.type) {
    case 'boolean': return typed === 'true';
    case 'integer': case 'number': return Number(typed);
    case 'list': return typed.split('\n').filter((line) => line !== '');
    default: return typed;
  }
}
