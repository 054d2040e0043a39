"""The peer: an agent of livekit-agents as its documentation writes one, with plain voice activity
detection, against the mock providers. Run as `python -m livekit.agents start peer_worker.py`.

Left as its authors ship it, but for two things that make the comparison even: both sides end a turn
after 300 ms of silence, and no call is refused for load, so that what breaks is seen to break.
"""

import os

from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobProcess
from livekit.plugins import deepgram, openai, silero

ENDPOINTING_S = float(os.environ["PEER_ENDPOINTING_S"])


def load_models(process: JobProcess):
    process.userdata["vad"] = silero.VAD.load(min_silence_duration=ENDPOINTING_S)


# LiveKit gives nothing to a worker above its target load, and this one tells the whole machine's.
server = AgentServer(setup_fnc=load_models, load_fnc=lambda: 0.0, port=0, host="127.0.0.1")


@server.rtc_session(agent_name=os.environ["PEER_AGENT_NAME"])
async def talk(context: JobContext):
    session = AgentSession(
        stt=deepgram.STT(base_url=os.environ["PEER_DEEPGRAM_URL"], api_key="bench"),
        llm=openai.LLM(model="mock", base_url=os.environ["PEER_OPENAI_URL"], api_key="bench"),
        tts=openai.TTS(model="mock", voice="mock", base_url=os.environ["PEER_OPENAI_URL"],
                       api_key="bench", response_format="pcm"),
        vad=context.proc.userdata["vad"],
        turn_handling={
            "turn_detection": "vad",
            "endpointing": {"min_delay": ENDPOINTING_S, "max_delay": ENDPOINTING_S},
            # Barge-in by voice activity, as ours: the other mode asks a server of its vendor.
            "interruption": {"mode": "vad"},
        })
    await session.start(agent=Agent(instructions="You answer briefly."), room=context.room,
                        record=False)
    await session.say("Hello, how can I help you today?")
