"""Agents and workflows tried in text, with the embedded providers: examples/clinic is walked to its
end, an older state goes back, and another server goes on with what the first one answered.
STUDIO_BINARY names the program."""

import unittest

import studio
import workflow_test

CLINIC = "/api/v1/workflows/clinic/chat"
LINES = ["I need an appointment for a check up", "On Friday", "yes thank you"]


class ChatTest(unittest.TestCase):
    def say(self, server, path=CLINIC, status=200, **body):
        found, reply = server.request("POST", path, body)
        self.assertEqual(found, status, reply)
        return reply

    def said(self, reply):
        return [(entry["agent"], entry["content"]) for entry in reply["messages"]
                if entry["role"] == "assistant"]

    def test_a_workflow_is_walked_in_text_over_two_servers(self):
        with studio.Server() as one, studio.Server() as other:
            for server in (one, other):
                workflow_test.install(server)
            reply = self.say(one, user_context={"name": "Ada"})
            self.assertEqual(self.said(reply), [
                ("reception", "This is the reception of the clinic. How can I help you?")])
            self.assertEqual(reply["current_agent"], "reception")
            booking = self.say(other, message=LINES[0], state=reply["state"])
            self.assertEqual(booking["agent_history"], ["reception", "booking"])
            self.assertEqual(booking["messages"][0]["content"], LINES[0])
            self.assertIn("tool", [entry["role"] for entry in booking["messages"]])
            self.assertEqual(self.said(booking)[-1][0], "booking")
            feedback = self.say(one, message=LINES[1], state=booking["state"])
            self.assertEqual(feedback["current_agent"], "feedback")
            self.assertEqual(feedback["context"]["flags"].get("booked"), True, feedback)
            end = self.say(other, message=LINES[2], state=feedback["state"])
            self.assertTrue(end["ended"], end)
            self.assertIsNone(end["state"])
            self.assertEqual(end["status_reason"], "finished")
            # Back to where booking asked for the day.
            again = self.say(one, message="On Monday", state=booking["state"])
            self.assertEqual(again["current_agent"], "feedback")
            self.assertNotEqual(again["context"]["workflow"], feedback["context"]["workflow"])
            status, calls = one.request("GET", "/api/v1/calls")
            self.assertEqual((status, calls["total"]), (200, 0), "a chat is no call")

    def test_a_tool_is_tried(self):
        with studio.Server() as server:
            workflow_test.install(server)
            tool = server.request("GET", "/api/v1/tools")[1]["items"][0]["name"]
            reply = self.say(server, f"/api/v1/tools/{tool}/try", arguments={"day": "friday"})
            self.assertIn("ok", reply)
            self.assertTrue(all(not each["sent"] for each in reply["requests"]), reply)
            self.say(server, "/api/v1/tools/nothing/try", 404)
            self.say(server, f"/api/v1/tools/{tool}/try", 422, dry_run=False, response={})

    def test_what_is_wrong_is_said(self):
        with studio.Server() as server:
            workflow_test.install(server)
            self.say(server, "/api/v1/agents/nobody/chat", 404)
            self.say(server, "/api/v1/workflows/nobody/chat", 404)
            reply = self.say(server, "/api/v1/agents/reception/chat")
            self.say(server, "/api/v1/agents/booking/chat", 422, message="hi",
                     state=reply["state"])
            self.say(server, "/api/v1/agents/reception/chat", 422, message="hi",
                     state=reply["state"][:-40])
            self.say(server, "/api/v1/agents/reception/chat", 422, state=reply["state"])
            self.say(server, "/api/v1/agents/reception/chat", 422, message="hi",
                     state='agents/reception\n{"version":1}')


if __name__ == "__main__":
    unittest.main()
