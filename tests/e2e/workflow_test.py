"""A workflow by speech, in direct calls with the embedded providers: examples/clinic, where the
reception hands over to booking, which hands back, and where the booking leads on to feedback, or
to the end of the call where feedback is skipped. STUDIO_BINARY names the program."""

import json
import unittest

import call_test
import studio

CLINIC = studio.ROOT / "examples/clinic"
LINES = ["i need an appointment for a check up", "i have a question", "when are you open",
         "an appointment for a cleaning please", "on friday", "yes thank you"]


def install(server):
    for kind, pattern in (("tools", "tools/*.json"), ("agents", "agents/*.json"),
                          ("workflows", "workflow.json")):
        for path in sorted(CLINIC.glob(pattern)):
            status, body = server.request("POST", f"/api/v1/{kind}", json.loads(path.read_text()))
            assert status == 201, (path, status, body)


class WorkflowTest(unittest.TestCase):
    def call(self, server, lines, context="{}"):
        """Record, transcript and events of a call in which these lines were said."""
        caller = studio.Process(
            [studio.BINARY, "call", "--server", server.url, "--workflow", "clinic", "--json",
             "--context", context, *(part for line in lines for part in ("--say", line))],
            env=studio.caller_environment(server))
        code, output = caller.finish(180)
        caller.process.stdout.close()
        self.assertEqual(code, 0, output[-5:])
        events = [json.loads(line) for line in output]
        record = server.call_record(events[-1]["call_id"], until=lambda found: found["ended_at"])
        return record, server.transcript(record["id"]), events

    def test_a_workflow_is_walked_by_speech(self):
        with studio.Server() as server:
            install(server)
            record, transcript, events = self.call(server, LINES)
            self.assertEqual((record["status"], record["status_reason"]),
                             ("completed", "finished"))
            self.assertEqual(record["workflow_slug"], "clinic")
            self.assertEqual(record["agent_name"], "reception")
            walked = ["reception", "booking", "reception", "booking", "feedback"]
            self.assertEqual(record["agent_history"], walked)
            self.assertEqual(record["metrics"]["agent_handoffs"], 4)
            changes = [(event["previous_agent"], event["agent"]) for event in events
                       if event["type"] == "agent_changed"]
            self.assertEqual(changes, list(zip(walked, walked[1:])))
            self.assertEqual(call_test.said_by(transcript, "user"), LINES)
            said = [(entry["agent"], entry["content"]) for entry in transcript
                    if entry["role"] == "assistant"]
            self.assertEqual(said, [
                ("reception", "This is the reception of the clinic. How can I help you?"),
                ("reception", "One moment, I am connecting you."),
                # What the edge made the model find out.
                ("booking", "For a check up, then. On which day would you like to come?"),
                ("booking", "I am passing you back to the reception."),
                ("reception", "This is the reception of the clinic. How can I help you?"),
                ("reception", "We are open from eight to six. Is there anything else?"),
                ("reception", "One moment, I am connecting you."),
                ("booking", "For a cleaning, then. On which day would you like to come?"),
                # The condition of an edge, which asks no model.
                ("booking", "You are booked for friday."),
                ("feedback", "One last question: were you content with this call?"),
                ("feedback", "Thank you for calling. Goodbye.")])

    def test_a_node_that_is_skipped_is_not_heard(self):
        with studio.Server() as server:
            install(server)
            lines = [LINES[0], "on friday"]
            record, transcript, _ = self.call(server, lines, '{"skip_feedback": true}')
            self.assertEqual(record["agent_history"], ["reception", "booking"])
            self.assertEqual((record["status"], record["status_reason"]),
                             ("completed", "tool_ended"))
            self.assertEqual(call_test.said_by(transcript, "user"), lines)
            self.assertEqual(call_test.said_by(transcript, "assistant")[-1],
                             "You are booked for friday.")


if __name__ == "__main__":
    unittest.main()
