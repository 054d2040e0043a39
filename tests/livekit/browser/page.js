// A front end as its makers would write it with the stock client: enters a room, speaks, listens,
// shows the agent's state and what was said. `seen` is what the test asks about.
'use strict';

const {Room, RoomEvent} = LivekitClient;
const room = new Room();
const seen = {states: [], keys: [], loudness: 0, loudTicks: 0, pitch: 0, disconnected: false};
const tickMilliseconds = 50;
// Of full scale; speech and tones of a test lie far above, comfort noise below.
const loudnessMin = 0.01;

function showState(attributes) {
  const state = attributes['lk.agent.state'];
  if (state !== undefined && state !== seen.states.at(-1)) {
    seen.states.push(state);
    document.getElementById('state').textContent = state;
  }
}

// One line per segment; a newer text of a segment takes the older one's place.
async function showTranscript(reader, {identity}) {
  const {attributes} = reader.info;
  const segment = attributes['lk.segment_id'];
  const text = await reader.readAll();
  const line = document.getElementById(segment) ?? document.createElement('p');
  line.id = segment;
  line.className = identity === room.localParticipant.identity ? 'user' : 'agent';
  line.dataset.final = attributes['lk.transcription_final'];
  line.textContent = text;
  document.getElementById('transcript').append(line);
}

function listen(track) {
  document.body.append(track.attach());
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, {fftSize: 4096});
  context.createMediaStreamSource(new MediaStream([track.mediaStreamTrack])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const spectrum = new Float32Array(analyser.frequencyBinCount);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    seen.loudness = Math.max(seen.loudness, Math.sqrt(power));
    if (Math.sqrt(power) > loudnessMin) {
      seen.loudTicks += 1;
      analyser.getFloatFrequencyData(spectrum);
      seen.pitch = spectrum.indexOf(Math.max(...spectrum)) * context.sampleRate / analyser.fftSize;
    }
  }, tickMilliseconds);
}

// `capture`: what the microphone is asked for; undefined leaves the client's defaults.
async function enter(url, token, capture) {
  room.on(RoomEvent.TrackSubscribed, listen);
  room.on(RoomEvent.ParticipantConnected, ({attributes}) => showState(attributes));
  room.on(RoomEvent.ParticipantAttributesChanged, showState);
  room.on(RoomEvent.SipDTMFReceived, ({digit}) => seen.keys.push(digit));
  room.on(RoomEvent.Disconnected, () => { seen.disconnected = true; });
  room.registerTextStreamHandler('lk.transcription', showTranscript);
  await room.connect(url, token);
  room.remoteParticipants.forEach(({attributes}) => showState(attributes));
  await room.localParticipant.setMicrophoneEnabled(true, capture);
}
