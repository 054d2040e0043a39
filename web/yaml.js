// Reads the part of YAML in which api/openapi.yaml is written: block mappings and lists, flow
// mappings and lists on one line, plain and quoted scalars, and folded texts (>-). Throws an Error
// that names the line where something else stands.

function scalar(text) {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (text.startsWith('"')) return JSON.parse(text);
  if (text === '' || text === 'null' || text === '~') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

// A value in flow style that begins at `at`: [value, where it ends].
function flow(text, at) {
  while (text[at] === ' ') at += 1;
  const open = text[at];
  if (open !== '{' && open !== '[') {
    const quote = open === "'" || open === '"' ? open : '';
    let end = at + (quote ? 1 : 0);
    if (quote) {
      while (end < text.length && (text[end] !== quote || text[end + 1] === quote)) {
        end += text[end] === quote || (quote === '"' && text[end] === '\\') ? 2 : 1;
      }
      end += 1;
    } else {
      while (end < text.length && !/[,\]}]/.test(text[end]) && !/^:( |$)/.test(text.slice(end, end + 2))) end += 1;
    }
    return [scalar(text.slice(at, end).trim()), end];
  }
  const result = open === '{' ? {} : [];
  at += 1;
  for (;;) {
    while (text[at] === ' ' || text[at] === ',') at += 1;
    if (at >= text.length) throw new Error('a flow value does not end');
    if (text[at] === '}' || text[at] === ']') return [result, at + 1];
    let value;
    [value, at] = flow(text, at);
    if (open === '{') {
      const name = value;
      if (text[at] !== ':') throw new Error(`no value for ${name}`);
      [value, at] = flow(text, at + 1);
      result[name] = value;
    } else {
      result.push(value);
    }
  }
}

export function parseYaml(source) {
  const lines = source.split('\n').map((text, index) => ({ text, number: index + 1 }))
    .filter(({ text }) => text.trim() !== '' && !text.trim().startsWith('#'));
  let next = 0;
  const indent = (line) => line.text.length - line.text.trimStart().length;

  function folded(depth) {
    const parts = [];
    while (next < lines.length && indent(lines[next]) > depth) {
      parts.push(lines[next].text.trim());
      next += 1;
    }
    return parts.join(' ');
  }

  function value(rest, depth) {
    if (rest === '>-') return folded(depth);
    if (rest !== '') return /^[{["']/.test(rest) ? flow(rest, 0)[0] : scalar(rest);
    return next < lines.length && indent(lines[next]) > depth ? block(indent(lines[next])) : null;
  }

  function block(depth) {
    const isList = lines[next].text.trimStart().startsWith('- ');
    const result = isList ? [] : {};
    while (next < lines.length && indent(lines[next]) === depth) {
      const line = lines[next];
      const text = line.text.trim();
      next += 1;
      try {
        if (isList) {
          result.push(value(text.slice(2).trim(), depth));
          continue;
        }
        const match = /^("[^"]*"|'[^']*'|.*?):(?: (.*))?$/.exec(text);
        if (!match) throw new Error('no member');
        result[String(scalar(match[1]) ?? 'null')] = value((match[2] ?? '').trim(), depth);
      } catch (error) {
        throw new Error(`line ${line.number}: ${error.message}`);
      }
    }
    return result;
  }

  return block(0);
}
