// One call over WebRTC: microphone out, the agent's voice in, events on a data channel. It knows
// nothing of the page; it tells a listener what happens.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** Asks the API; returns the reply, or throws an ApiError with the server's sentence. */
export async function ask(key, method, path, { body, type = 'application/json' } = {}) {
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

export class Call {
  /** `listener`: onEvent(message), onVoice(stream), onConnecting(), onConnected(),
   *  onEnded(sentence or '', whether it was ended here). */
  constructor(key, agent, listener) {
    this.key = key;
    this.agent = agent;
    this.listener = listener;
    this.id = '';
    this.over = false;
    this.finalStatus = null;
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
    if (state === 'connected') this.listener.onConnected();
    if (state === 'closed') this.finish('');
    if (state === 'failed') {
      this.finish(this.finalStatus ? '' : 'The connection was lost. Check the network and call again.');
    }
  }

  setMuted(muted) {
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Ends the call from this side: at once for the person, then for the server. */
  async hangUp() {
    if (this.over) return;
    this.over = true;
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
