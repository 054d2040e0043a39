"""One call, two agents: the front desk hands the caller over to the kitchen by speech, each with a
voice, prompt and tools of its own. STUDIO_BINARY names the program."""

import json
import unittest

import call_test
import studio

LINES = ["the kitchen please", "one soup please", "thank you goodbye"]


def phrases(*extra):
    return {"provider": "pocketsphinx", "language": "en",
            "options": {"phrases": [*LINES, *extra, "yes please", "no thank you"]}}


TOOLS = [
    {"name": "to_kitchen", "description": "Hands over to the kitchen.", "config": {
        "parameters": [], "actions": [
            {"type": "context.set", "path": "workflow.guest", "value": "the guest"},
            {"type": "handoff", "target_agent": "kitchen",
             "message": "One moment, I am connecting you."}]}},
    {"name": "finish", "description": "Ends the call.", "config": {
        "parameters": [], "actions": [
            {"type": "respond", "message": "Goodbye to {{workflow.guest}}."},
            {"type": "end_call", "reason": "finished"}]}},
]
AGENTS = [
    {"name": "kitchen", "display_name": "Kitchen", "config": {
        "prompt": {"system": "You are the kitchen.",
                   "greeting": "This is the kitchen. What would you like to eat?"},
        "stt": phrases("a salad please"), "tts": {"provider": "flite", "voice_id": "rms"},
        "llm": {"provider": "scripted", "options": {"rules": [
            {"when": {"said": "goodbye"}, "call": {"tool": "finish"}},
            {"when": {"said": "soup"}, "say": "One soup is on its way."}],
            "otherwise": ["What would you like to eat?"]}},
        "tools": ["finish"]}},
    {"name": "front-desk", "display_name": "Front desk", "config": {
        "prompt": {"system": "You are the front desk.",
                   "greeting": "Hello, this is the front desk. Who would you like to speak to?"},
        "stt": phrases("the bar please"), "tts": {"provider": "flite", "voice_id": "slt"},
        "llm": {"provider": "scripted", "options": {"rules": [
            {"when": {"said": "kitchen"}, "call": {"tool": "to_kitchen"}}],
            "otherwise": ["Who would you like to speak to?"]}},
        "tools": ["to_kitchen"]}},
]


def install(server):
    for kind, resources in (("tools", TOOLS), ("agents", AGENTS)):
        for resource in resources:
            status, body = server.request("POST", f"/api/v1/{kind}", resource)
            assert status == 201, (resource["name"], status, body)


class HandoffTest(unittest.TestCase):
    def test_a_caller_is_handed_on_by_speech_and_repeats_nothing(self):
        with studio.Server() as server:
            install(server)
            caller = studio.Process(
                [studio.BINARY, "call", "--server", server.url, "--agent", "front-desk", "--json",
                 *(part for line in LINES for part in ("--say", line))],
                env=studio.caller_environment(server))
            code, output = caller.finish(120)
            caller.process.stdout.close()
            self.assertEqual(code, 0, output[-5:])
            events = [json.loads(line) for line in output]
            changes = [(event["previous_agent"], event["agent"]) for event in events
                       if event["type"] == "agent_changed"]
            self.assertEqual(changes, [("front-desk", "kitchen")])
            record = server.call_record(events[-1]["call_id"],
                                        until=lambda found: found["ended_at"])
            self.check(record, server.transcript(record["id"]))

    def check(self, record, transcript):
        self.assertEqual((record["status"], record["status_reason"]), ("completed", "finished"))
        self.assertEqual(record["agent_name"], "front-desk")
        self.assertEqual(record["agent_history"], ["front-desk", "kitchen"])
        self.assertEqual(record["metrics"]["agent_handoffs"], 1)
        said = [(entry["agent"], entry["role"], entry["content"]) for entry in transcript
                if entry["role"] != "tool"]
        self.assertEqual([line for _, role, line in said if role == "user"], LINES)
        self.assertEqual([agent for agent, _, _ in said],
                         ["front-desk"] * 3 + ["kitchen"] * 5, said)
        self.assertEqual(said[2][2], "One moment, I am connecting you.")
        self.assertEqual(said[3][2], "This is the kitchen. What would you like to eat?")
        self.assertEqual(call_test.said_by(transcript, "assistant")[-1], "Goodbye to the guest.")


if __name__ == "__main__":
    unittest.main()
