"""The peer: an agent of livekit-agents with its own defaults (its local turn detector and voice
activity detection, its endpointing and its way with interruptions), the stand-ins of this bench for
a recogniser, a model and a voice. Run as `python -m livekit.agents start peer_agent.py`."""

import os

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.plugins import openai

URL = os.environ["PEER_OPENAI_URL"]

# LiveKit gives nothing to a worker above its target load, and this one tells the whole machine's.
server = AgentServer(load_fnc=lambda: 0.0, port=0, host="127.0.0.1")


@server.rtc_session(agent_name=os.environ["PEER_AGENT_NAME"])
async def talk(context: JobContext):
    # Which answers it gives; a room that names none is that of the outside judge.
    answers = context.job.metadata or os.environ["PEER_DEFAULT_ANSWERS"]
    session = AgentSession(
        stt=openai.STT(model="whisper-1", base_url=URL, api_key="bench", use_realtime=False),
        llm=openai.LLM(model=answers, base_url=URL, api_key="bench"),
        tts=openai.TTS(model="stand-in", voice="stand-in", base_url=URL, api_key="bench",
                       response_format="pcm"),
        # The other mode, which tells a backchannel from an interruption, asks its vendor's servers.
        turn_handling={"interruption": {"mode": "vad"}})
    await session.start(agent=Agent(instructions="You answer briefly."), room=context.room,
                        record=False)
    await session.say(os.environ["PEER_GREETING"])
