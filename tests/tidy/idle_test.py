"""tools/dev/idle.sh: builds in idle time have that class, stand still when told to, and end."""
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A folder with the two scripts; the "build" counts in a file.
SCRIPT = """
set -euo pipefail
cd {folder}
source tools/dev/common.sh
source tools/dev/idle.sh
counting() {{ chrt -p $BASHPID >class; while :; do echo >>ticks; sleep 0.02; done; }}
export -f counting
ticks() {{ wc -l <ticks; }}
# On a busy machine its turn may be long in coming.
grown() {{
    local before left=200
    before=$(ticks)
    while [ $((left--)) -gt 0 ] && [ "$(ticks)" -eq "$before" ]; do sleep 0.1; done
    [ "$(ticks)" -gt "$before" ]
}}
still() {{ local before; sleep 0.1; before=$(ticks); sleep 0.5; [ "$(ticks)" -eq "$before" ]; }}
in_idle_time counting "$@"
while [ ! -s ticks ]; do sleep 0.02; done
group=$idle_group
{steps}
"""


class IdleBuilds(unittest.TestCase):
    def run_steps(self, steps):
        """The finished script, and the folder that it ran in."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        place = pathlib.Path(folder.name)
        (place / "tools/dev").mkdir(parents=True)
        for name in ("common.sh", "idle.sh"):
            (place / "tools/dev" / name).write_text((ROOT / "tools/dev" / name).read_text())
        done = subprocess.run(["bash", "-c", SCRIPT.format(folder=place, steps=steps)],
                              capture_output=True, text=True, timeout=60)
        return done, place

    def test_it_has_the_time_that_nobody_wants(self):
        done, place = self.run_steps("end_idle_builds")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("SCHED_IDLE", (place / "class").read_text())

    def test_it_stands_still_while_something_is_measured_and_goes_on_after(self):
        done, _ = self.run_steps("""
            grown && echo before
            without_idle_builds still && echo still
            grown && echo after
            end_idle_builds""")
        self.assertEqual(done.stdout.split(), ["before", "still", "after"], done.stderr)

    def test_what_is_measured_may_fail(self):
        done, _ = self.run_steps("""
            without_idle_builds bash -c 'exit 7' || echo $?
            end_idle_builds""")
        self.assertEqual(done.stdout.split(), ["7"], done.stderr)

    def test_nothing_of_it_is_left_at_the_end_even_where_it_stood_still(self):
        done, _ = self.run_steps("""
            kill -STOP -- "-$group"
            end_idle_builds
            kill -0 -- "-$group" 2>/dev/null || echo gone
            without_idle_builds echo without""")
        self.assertEqual(done.stdout.split(), ["gone", "without"], done.stderr)


if __name__ == "__main__":
    unittest.main()
