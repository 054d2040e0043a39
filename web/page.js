// The page: the key, the choice of an agent, the call's controls, the conversation and the waterfall.
import { ApiError, Call, ask, isKey } from '/call.js';

const $ = (id) => document.getElementById(id);
const keyStore = 'agent-studio-key';

// Ends of the stages of a turn (docs/events.md), each measured from the caller's last sound.
const stages = [
  ['endpoint_ms', 'End of turn', 's1'], ['transcript_ms', 'Transcript', 's2'],
  ['token_ms', 'First token', 's3'], ['sentence_ms', 'Sentence', 's4'],
  ['audio_ms', 'Voice', 's5'], ['packet_ms', 'Sent', 's6'],
];

let key = '';
let call = null;
let clock = 0;
let speaking = { user: false, agent: false };
let lines = new Map();
let turns = [];

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawing(name, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** Tells the person something: trouble, or a `hint` of what to do next. */
function say(sentence, kind = 'trouble') {
  $('notice').dataset.kind = kind;
  $('notice').setAttribute('role', kind === 'trouble' ? 'alert' : 'status');
  $('notice').textContent = sentence;
  $('notice').hidden = !sentence;
}

function showState(text, orb) {
  if ($('state').textContent !== text) $('state').textContent = text;
  $('orb').dataset.state = orb;
}

// ---- The key -------------------------------------------------------------------------------

function takeKeyFromLink() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get('key');
  if (!given) return;
  sessionStorage.setItem(keyStore, given);
  // The key must stay neither in the address bar nor in the history.
  history.replaceState(null, '', location.pathname + location.search);
}

/** Shows the form; the key in use stays until another one was accepted, or this one no more. */
function askForKey(sentence = '') {
  $('key-keep').hidden = !key;
  $('stage').hidden = $('record').hidden = $('key-open').hidden = true;
  $('page').dataset.view = 'start';
  $('key-form').hidden = false;
  say(sentence);
  $('key').value = '';
  $('key').focus();
}

function forgetKey() {
  key = '';
  sessionStorage.removeItem(keyStore);
}

async function useKey(given) {
  const wanted = given.trim();
  say('');
  if (!isKey(wanted)) {
    askForKey('This is no API key: it has characters that no key has. Check it and enter it again.');
    return;
  }
  try {
    const reply = await ask(wanted, 'GET', '/api/v1/agents?is_active=true&limit=200');
    const { items } = await reply.json();
    key = wanted;
    sessionStorage.setItem(keyStore, key);
    showAgents(items);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      if (wanted === key || wanted === sessionStorage.getItem(keyStore)) forgetKey();
      askForKey('This key is not accepted. Check it and enter it again.');
    } else {
      if ($('stage').hidden) askForKey(error.message); else say(error.message);
    }
  }
}

function showAgents(agents) {
  $('key-form').hidden = true;
  $('key').value = '';
  $('stage').hidden = $('key-open').hidden = false;
  const choice = $('agent');
  choice.replaceChildren(...agents.map((agent) => {
    const option = element('option', '', agent.display_name || agent.name);
    option.value = agent.name;
    return option;
  }));
  const wanted = new URLSearchParams(location.search).get('agent');
  if (agents.some(({ name }) => name === wanted)) choice.value = wanted;
  choice.disabled = $('call').disabled = agents.length === 0;
  if (agents.length === 0) {
    choice.append(element('option', '', 'No agents'));
    say('There is no agent yet. Start the server with --example to talk to a restaurant, or create '
      + 'an agent through the API: it appears here when you come back to this page.', 'hint');
  }
  showState('Ready to call', 'idle');
}

// ---- The call ------------------------------------------------------------------------------

function showControls(inCall) {
  $('agent-choice').hidden = $('call').hidden = $('key-open').hidden = inCall;
  $('mute').hidden = $('hang-up').hidden = !inCall;
  if (inCall) {
    $('record').hidden = false;
    $('page').dataset.view = 'call';
    $('hang-up').focus({ preventScroll: true });
  } else {
    $('call').textContent = 'Call again';
    $('call').focus();
  }
}

function clear() {
  lines = new Map();
  turns = [];
  speaking = { user: false, agent: false };
  $('conversation').replaceChildren();
  $('turns').replaceChildren();
  $('conversation-empty').hidden = $('turns-empty').hidden = false;
  $('mute').setAttribute('aria-pressed', 'false');
  $('mute').textContent = 'Mute';
}

async function startCall() {
  say('');
  clear();
  showControls(true);
  showState('Waiting for the microphone …', 'connecting');
  const started = new Call(key, $('agent').value, {
    onEvent: (message) => call === started && onEvent(message),
    onVoice: playVoice,
    onConnecting: () => call === started && showState('Connecting …', 'connecting'),
    onConnected: () => call === started && onConnected(),
    onTrouble: (troubled) => call === started && onTrouble(troubled),
    onEnded: (sentence, here) => call === started && onEnded(sentence, here),
  });
  call = started;
  try {
    await started.start();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      started.finish('');
      forgetKey();
      askForKey('This key is no longer accepted. Enter another one.');
    } else {
      const placed = Boolean(started.id);
      started.hangUp();
      if (!placed) showState('Ready to call', 'idle');
      say(error.message);
    }
  }
}

function playVoice(stream) {
  $('voice').srcObject = stream;
  $('voice').play().catch(() => say('The browser holds the sound back: tap anywhere to hear the agent.'));
}

function onConnected() {
  const begin = Date.now();
  const tick = () => {
    const passed = Math.floor((Date.now() - begin) / 1000);
    $('clock').textContent = `${Math.floor(passed / 60)}:${String(passed % 60).padStart(2, '0')}`;
  };
  clearInterval(clock);
  clock = setInterval(tick, 500);
  tick();
  $('clock').hidden = false;
  showSpeaking();
}

function onTrouble(troubled) {
  if (troubled) showState('Nothing comes from the server …', 'connecting');
  else showSpeaking();
}

function showSpeaking() {
  if (speaking.user) showState('You are speaking', 'user');
  else if (speaking.agent) showState('The agent is speaking', 'agent');
  else showState('Listening', 'listening');
}

const endings = {
  completed: 'The agent ended the call', disconnected: 'The connection broke off',
  timeout: 'Call ended: nothing was heard for a while', failed: 'The call failed',
};
const shutdown = 'The server has stopped taking calls. Please call again in a moment.';
// Reasons of a complete call that was not the agent's own decision.
const byRequest = new Set(['shutdown', 'caller_hung_up', 'ended_by_api']);

/** What is said under the orb of a call that ended as `final` says; null: it was ended here. */
function ending(final) {
  if (final?.reason === 'agent_never_heard') return 'The call failed: the agent was never heard';
  if (final?.reason === 'max_duration') return 'Call ended: it reached its longest time';
  if (final?.status === 'completed' && byRequest.has(final.reason)) return 'Call ended';
  return endings[final?.status] ?? 'Call ended';
}

async function onEnded(sentence, endedHere) {
  const ended = call;
  call = null;
  clearInterval(clock);
  clock = 0;
  $('clock').hidden = true;
  $('voice').srcObject = null;
  showControls(false);
  for (const line of document.querySelectorAll('.line.partial')) line.classList.remove('partial');
  showState(ending(ended.finalStatus), 'idle');
  say(sentence);
  if (endedHere || sentence) return;
  const final = ended.finalStatus ?? await finalRecord(ended);
  // The person may have called again in the meantime.
  if (call) return;
  showState(ending(final), 'idle');
  if (final.reason === 'shutdown') say(shutdown);
  else if (final.status === 'failed' && final.errors?.length) say(failures(final.errors));
}

/** What failed in a call, for whoever set the agent up. */
function failures(errors) {
  const parts = errors.map(({ stage, provider, code, count }) => `${stage} (${provider}): ${code}, ${count}×`);
  return `What failed: ${parts.join('; ')}`;
}

/** How a call ended whose last event did not come, from the server's own record. */
async function finalRecord(ended) {
  try {
    const record = await (await ask(key, 'GET', `/api/v1/calls/${ended.id}`)).json();
    return { status: record.status, reason: record.status_reason, errors: record.errors };
  } catch (error) {
    return error instanceof ApiError && error.status === 0 ? { reason: 'shutdown' } : {};
  }
}

// ---- What happens in it --------------------------------------------------------------------

function onEvent(message) {
  switch (message.type) {
    case 'status':
      if (message.status === 'active') showSpeaking();
      break;
    case 'speaking':
      speaking[message.who === 'user' ? 'user' : 'agent'] = Boolean(message.on);
      showSpeaking();
      break;
    case 'transcript':
      showTranscript(message);
      break;
    case 'interrupted':
      for (const line of document.querySelectorAll('.line.assistant.partial')) line.classList.add('cut');
      break;
    case 'tool':
      addLine('tool', '', `${message.name}: ${message.ok ? 'done' : 'failed'}`);
      break;
    case 'latency':
      showLatency(message);
      break;
  }
}

/** Makes a change of the conversation; keeps its end in sight unless the person scrolled back. */
function following(change) {
  const list = $('conversation');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  change(list);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function addLine(kind, who, words) {
  const line = element('li', `line ${kind}`);
  if (who) line.append(element('span', 'who', who));
  line.append(element('span', 'words', words));
  following((list) => list.append(line));
  $('conversation-empty').hidden = true;
  return line;
}

function showTranscript({ role, content, final, turn }) {
  const kind = role === 'user' ? 'user' : 'assistant';
  const name = `${kind}-${turn}`;
  let entry = lines.get(name);
  if (!entry) {
    entry = { line: addLine(kind, role === 'user' ? 'You' : 'Agent', ''), sentences: [] };
    lines.set(name, entry);
  }
  // Of the agent sentences follow one another until the whole replaces them.
  if (role === 'user' || final) entry.sentences = [content];
  else entry.sentences.push(content);
  following(() => {
    entry.line.querySelector('.words').textContent = entry.sentences.join(' ');
    entry.line.classList.toggle('partial', !final);
  });
  // What the agent says after that in the same turn, as when nobody answers, is a line of its own.
  if (final && kind === 'assistant') lines.delete(name);
}

function showLatency(message) {
  turns.push(message);
  const longest = Math.max(1000, ...turns.map((turn) => turn.packet_ms ?? 0));
  $('turns-empty').hidden = true;
  $('turns').replaceChildren(...turns.map((turn) => turnRow(turn, longest)).reverse());
}

function turnRow(turn, longest) {
  const row = element('li', 'turn');
  const head = element('div', 'head');
  head.append(element('span', '', `Turn ${turn.turn}`), element('strong', '', `${turn.packet_ms ?? '–'} ms`));
  const bar = drawing('svg', { viewBox: '0 0 1000 18', preserveAspectRatio: 'none', role: 'img' });
  const parts = [];
  let from = 0;
  for (const [field, label, colour] of stages) {
    const at = turn[field];
    if (typeof at !== 'number' || at < from) continue;
    bar.append(drawing('rect', {
      x: (1000 * from) / longest, y: 0, height: 18, class: colour,
      width: Math.max(2, (1000 * (at - from)) / longest),
    }));
    if (at > from) parts.push(`${label} ${at - from}`);
    from = at;
  }
  bar.setAttribute('aria-label', `Stages in milliseconds: ${parts.join(', ')}`);
  row.append(head, bar, element('p', 'parts', `${parts.join(' · ')} ms`));
  return row;
}

// ---- Start ---------------------------------------------------------------------------------

function buildLegend() {
  for (const [, label, colour] of stages) {
    const item = element('li', '');
    const mark = drawing('svg', { viewBox: '0 0 10 10', 'aria-hidden': 'true' });
    mark.append(drawing('rect', { width: 10, height: 10, rx: 3, class: colour }));
    item.append(mark, label);
    $('legend').append(item);
  }
}

$('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  useKey($('key').value);
});
$('key-open').addEventListener('click', () => askForKey());
$('key-keep').addEventListener('click', () => useKey(key));
$('call').addEventListener('click', startCall);
$('hang-up').addEventListener('click', () => call?.hangUp());
$('mute').addEventListener('click', () => {
  const muted = $('mute').getAttribute('aria-pressed') !== 'true';
  $('mute').setAttribute('aria-pressed', String(muted));
  $('mute').textContent = muted ? 'Unmute' : 'Mute';
  call?.setMuted(muted);
});
document.addEventListener('click', () => {
  if ($('voice').srcObject && $('voice').paused) $('voice').play().then(() => say('')).catch(() => {});
});
addEventListener('hashchange', () => {
  takeKeyFromLink();
  if (!call && sessionStorage.getItem(keyStore)) useKey(sessionStorage.getItem(keyStore));
});
addEventListener('focus', () => {
  // Somebody who was told to create an agent comes back.
  if (key && !call && $('call').disabled && !$('stage').hidden) useKey(key);
});
addEventListener('pagehide', () => call?.release());

buildLegend();
takeKeyFromLink();
const kept = sessionStorage.getItem(keyStore);
if (kept) useKey(kept); else askForKey();
