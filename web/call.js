// One call over WebRTC: microphone out, the agent's voice in, events on a data channel. It knows
// nothing of the page; it tells a listener what happens.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Whether a text could be an API key: visible ASCII and nothing else. */
export function isKey(text) {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Asks the API; returns the reply, or throws an ApiError with the server's sentence. */
export async function ask(key, method, path, { body, type = 'application/json' } = {}) {
  // Else the browser refuses the header, which looks as if the server were away.
  if (!isKey(key)) throw new ApiError(401, 'An API key has no such characters.');
  const headers = { Authorization: `Bearer ${key}` };
  if (body !== undefined) headers['Content-Type'] = type;
  let reply;
  try {
    reply = await fetch(path, { method, headers, body });
  } catch {
    throw new ApiError(0, 'The server does not answer. Is it running, and are you online?');
  }
  if (reply.ok) return reply;
  let message = `The server answered with status ${reply.status}.`;
  try {
    message = (await reply.json()).error.message;
  } catch { /* Not one of our replies: the status has to do. */ }
  throw new ApiError(reply.status, message);
}

/** Why the microphone cannot be used, in words for the person. */
export function microphoneTrouble(error) {
  switch (error.name) {
    case 'NotAllowedError':
      return 'The microphone is blocked. Allow it for this page in the browser, then call again.';
    case 'NotFoundError':
      return 'There is no microphone. Connect one, then call again.';
    case 'NotReadableError':
      return 'Another program uses the microphone. Close it, then call again.';
    default:
      return 'The microphone cannot be used.';
  }
}

// A browser asks the other side for a sign of life every 2.5 s, so this long a silence is no pause.
const silenceMs = 3000;
const lookEveryMs = 500;
const askEveryMs = 2000;

export class Call {
  /** `listener`: onEvent(message), onVoice(stream), onConnecting(), onConnected(), onTrouble(whether
   *  nothing comes from the server now), onEnded(sentence or '', whether it was ended here). */
  constructor(key, agent, listener) {
    this.key = key;
    this.agent = agent;
    this.listener = listener;
    this.id = '';
    this.over = false;
    this.finalStatus = null;
    this.watching = 0;
  }

  async start() {
    this.microphone = await this.openMicrophone();
    if (this.over) return this.release();
    this.listener.onConnecting();
    const created = await ask(this.key, 'POST', '/api/v1/calls',
      { body: JSON.stringify({ agent_name: this.agent, metadata: { source: 'page' } }) });
    this.id = (await created.json()).call_id;
    if (this.over) {
      await ask(this.key, 'POST', `/api/v1/calls/${this.id}/end`);
      return;
    }
    await this.connect();
  }

  async openMicrophone() {
    if (!navigator.mediaDevices) {
      throw new Error('The browser gives the microphone only to secure pages: open this page as '
        + 'http://localhost or over https.');
    }
    try {
      return await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (error) {
      throw new Error(microphoneTrouble(error));
    }
  }

  async connect() {
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.peer = peer;
    for (const track of this.microphone.getTracks()) {
      track.onended = () => this.finish('The microphone was taken away.');
      peer.addTrack(track, this.microphone);
    }
    const channel = peer.createDataChannel('events');
    channel.onmessage = ({ data }) => this.onMessage(data);
    channel.onclose = () => this.finish('');
    peer.ontrack = ({ track, streams }) =>
      this.listener.onVoice(streams[0] ?? new MediaStream([track]));
    peer.onconnectionstatechange = () => this.onState(peer.connectionState);
    await peer.setLocalDescription(await peer.createOffer());
    await this.gathered(peer);
    if (this.over) return;
    const answer = await ask(this.key, 'POST', `/api/v1/calls/${this.id}/sdp`,
      { body: peer.localDescription.sdp, type: 'application/sdp' });
    const sdp = await answer.text();
    if (!this.over) await peer.setRemoteDescription({ type: 'answer', sdp });
  }

  /** The server never calls back, so a few candidates suffice: no waiting for slow interfaces. */
  gathered(peer) {
    return new Promise((resolve) => {
      if (peer.iceGatheringState === 'complete') resolve();
      peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve();
      setTimeout(resolve, 1000);
    });
  }

  onMessage(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.type === 'status' && !['active', 'connecting', 'pending'].includes(message.status)) {
      this.finalStatus = message;
      // The server closes next; a lost goodbye of the network must not leave the call open here.
      setTimeout(() => this.finish(''), 1500);
    }
    this.listener.onEvent(message);
  }

  onState(state) {
    if (state === 'connected' && !this.watching) {
      this.listener.onConnected();
      this.watch();
    }
    if (state === 'closed') this.finish('');
    if (state === 'failed') {
      this.finish(this.finalStatus ? '' : 'The connection was lost. Check the network and call again.');
    }
  }

  /** Notices within some seconds that the server is gone: WebRTC alone takes a quarter of a minute. */
  watch() {
    const seen = { count: -1, at: Date.now(), askedAt: 0, troubled: false, looking: false };
    this.watching = setInterval(async () => {
      if (seen.looking) return;
      seen.looking = true;
      await this.look(seen);
      seen.looking = false;
    }, lookEveryMs);
  }

  async look(seen) {
    const count = await this.received();
    if (count !== seen.count) Object.assign(seen, { count, at: Date.now() });
    const silent = Date.now() - seen.at > silenceMs;
    // The network of this device may come back; a server that is gone has no call any more.
    const asks = silent && navigator.onLine && Date.now() - seen.askedAt > askEveryMs;
    if (asks) seen.askedAt = Date.now();
    if (asks && !await this.serverAnswers() && !await this.serverAnswers()) {
      this.finish('The server does not answer any more, so the call is over. Is it still running?');
      return;
    }
    if (silent !== seen.troubled && !this.over) {
      seen.troubled = silent;
      this.listener.onTrouble(silent);
    }
  }

  /** A number that grows with everything that comes from the server, its signs of life included. */
  async received() {
    let count = 0;
    for (const found of (await this.peer.getStats()).values()) {
      if (found.type === 'candidate-pair') {
        count += (found.responsesReceived ?? 0) + (found.bytesReceived ?? 0);
      }
    }
    return count;
  }

  async serverAnswers() {
    try {
      await fetch('/health/live', { cache: 'no-store', signal: AbortSignal.timeout(1000) });
      return true;
    } catch {
      return false;
    }
  }

  setMuted(muted) {
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Ends the call from this side: at once for the person, then for the server. */
  async hangUp() {
    if (this.over) return;
    this.over = true;
    clearInterval(this.watching);
    this.stopMicrophone();
    this.listener.onEnded('', true);
    // Asked before the connection closes, which ends the call too; then there is nothing to end.
    if (this.id && !this.finalStatus) {
      const asked = ask(this.key, 'POST', `/api/v1/calls/${this.id}/end`);
      await Promise.race([asked.catch(() => { /* The closed connection will tell. */ }),
        new Promise((resolve) => { setTimeout(resolve, 2000); })]);
    }
    this.peer?.close();
  }

  finish(sentence) {
    if (this.over) return;
    this.over = true;
    this.release();
    this.listener.onEnded(sentence, false);
  }

  release() {
    clearInterval(this.watching);
    this.stopMicrophone();
    this.peer?.close();
  }

  stopMicrophone() {
    for (const track of this.microphone?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
  }
}
