import { parseYaml } from './yaml.js';

// Shows api/openapi.yaml, which the server gives itself: nothing comes from elsewhere, and all text
// is set as text.

function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === 'text') element.textContent = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

// Words between backquotes are code.
function prose(text, tag = 'p') {
  const element = make(tag);
  String(text ?? '').split('`').forEach((part, index) => {
    element.append(index % 2 ? make('code', { text: part }) : part);
  });
  return element;
}

const nameOf = (reference) => reference.split('/').pop();

function typeOf(schema) {
  if (!schema) return '';
  if (schema.$ref) return make('a', { href: `#schema-${nameOf(schema.$ref)}`, text: nameOf(schema.$ref) });
  if (schema.allOf) return typeOf(schema.allOf[0]);
  if (schema.type === 'array') return make('span', {}, 'list of ', typeOf(schema.items) || 'anything');
  const map = schema.additionalProperties;
  if (schema.type === 'object' && map && typeof map === 'object' && !schema.properties) {
    return make('span', {}, 'object of ', typeOf(map));
  }
  return make('span', { text: schema.type ?? 'any value' });
}

function rulesOf(schema) {
  const rules = [];
  const say = (name, words) => { if (schema[name] != null) rules.push(`${words} ${schema[name]}`); };
  if (schema.enum) rules.push(`one of ${schema.enum.filter((item) => item !== null && item !== '').join(', ')}`);
  say('minimum', 'at least');
  say('maximum', 'at most');
  say('minLength', 'length at least');
  say('maxLength', 'length at most');
  say('minItems', 'items at least');
  say('maxItems', 'items at most');
  if (schema.pattern) rules.push(`matches ${schema.pattern}`);
  if (schema.format) rules.push(schema.format);
  if (schema.default != null) rules.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.example != null) rules.push(`for example ${JSON.stringify(schema.example)}`);
  return rules.join('; ');
}

function fields(schema) {
  const table = make('table', {}, make('tr', {}, make('th', { text: 'Member' }), make('th', { text: 'Type' }), make('th', { text: 'Meaning' })));
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const needed = (schema.required ?? []).includes(name);
    const meaning = make('td', {}, prose(field.description ?? '', 'span'), ' ', make('span', { class: 'rules', text: rulesOf(field) }));
    if (field.properties) meaning.append(fields(field));
    if (field.items?.properties) meaning.append(fields(field.items));
    table.append(make('tr', field.deprecated ? { class: 'older' } : {},
      make('td', {}, make('code', { text: name }), needed ? ' *' : ''), make('td', {}, typeOf(field)), meaning));
  }
  return table;
}

function showOperation(contract, path, method, operation) {
  const section = make('section', { id: operation.operationId },
    make('h3', {}, make('span', { class: `method ${method}`, text: method.toUpperCase() }), make('span', { class: 'path', text: path })),
    prose(operation.summary));
  if (operation.description) section.append(prose(operation.description));
  const parameters = (operation.parameters ?? []).map((one) => contract.components.parameters[nameOf(one.$ref)]);
  if (parameters.length > 0) {
    const properties = Object.fromEntries(parameters.map((one) => [one.name, { ...one.schema, description: one.description ?? one.in }]));
    section.append(fields({ properties, required: parameters.filter((one) => one.required).map((one) => one.name) }));
  }
  for (const [type, body] of Object.entries(operation.requestBody?.content ?? {})) {
    section.append(make('p', {}, 'Body: ', make('code', { text: type }), ' ', typeOf(body.schema)));
  }
  const table = make('table');
  for (const [status, given] of Object.entries(operation.responses)) {
    const response = given.$ref ? contract.components.responses[nameOf(given.$ref)] : given;
    const [type, body] = Object.entries(response.content ?? {})[0] ?? ['', {}];
    table.append(make('tr', {}, make('td', {}, make('code', { text: status })), make('td', { text: response.description }),
      make('td', {}, make('code', { text: type }), ' ', typeOf(body.schema))));
  }
  section.append(table);
  return section;
}

function showSchema(name, schema) {
  const section = make('section', { id: `schema-${name}` }, make('h3', { text: name }));
  if (schema.description) section.append(prose(schema.description));
  if (schema.oneOf) {
    section.append(make('ul', {}, ...schema.oneOf.map((one) => make('li', {}, typeOf(one)))));
  } else if (schema.properties) {
    section.append(fields(schema));
  } else {
    section.append(make('p', {}, typeOf(schema), ' ', make('span', { class: 'rules', text: rulesOf(schema) })));
  }
  return section;
}

export function show(contract) {
  const main = document.getElementById('contract');
  const contents = document.getElementById('contents');
  main.replaceChildren(make('h1', { text: `${contract.info.title}: the API` }), prose(contract.info.description),
    make('p', {}, 'The file itself: ', make('a', { href: 'openapi.yaml', text: 'openapi.yaml' })));
  const groups = new Map();
  for (const [path, operations] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const tag = operation.tags?.[0] ?? 'more';
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push([path, method, operation]);
    }
  }
  for (const [tag, operations] of groups) {
    contents.append(make('h2', { text: tag }));
    main.append(make('h2', { text: tag }));
    for (const [path, method, operation] of operations) {
      contents.append(make('a', { href: `#${operation.operationId}`, text: operation.operationId }));
      main.append(showOperation(contract, path, method, operation));
    }
  }
  contents.append(make('h2', { text: 'objects' }));
  main.append(make('h2', { text: 'Objects' }), prose('Members with * are required.'));
  for (const [name, schema] of Object.entries(contract.components.schemas)) {
    contents.append(make('a', { href: `#schema-${name}`, text: name }));
    main.append(showSchema(name, schema));
  }
}

if (typeof document !== 'undefined') {
  try {
    const response = await fetch('openapi.yaml');
    show(parseYaml(await response.text()));
  } catch (error) {
    document.getElementById('state').textContent = `The contract cannot be shown: ${error.message}`;
  }
}
