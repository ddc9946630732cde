"""A headless Chromium that says what a page does: its errors, its requests, and what the mouse finds."""

import itertools
import json
import os
import shutil
import subprocess
import time

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page, driven through Chromium's debugging pipe: JSON messages that end with a zero byte."""

    def __init__(self, profile):
        (there, self.writes), (self.reads, back) = os.pipe(), os.pipe()
        command = (f'exec {CHROMIUM} --headless --no-sandbox --disable-gpu --remote-debugging-pipe '
                   f'--user-data-dir="{profile}" --window-size=1000,900 3<&{there} 4>&{back}')
        self.process = subprocess.Popen(["bash", "-c", command], pass_fds=(there, back), stderr=subprocess.DEVNULL)
        os.close(there), os.close(back)
        self.numbers, self.pending, self.events, self.session = itertools.count(1), b"", [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.reads), os.close(self.writes)

    def receive(self):
        while b"\0" not in self.pending:
            chunk = os.read(self.reads, 1 << 20)
            assert chunk, "Chromium has ended"
            self.pending += chunk
        message, self.pending = self.pending.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.writes, json.dumps(message).encode() + b"\0")
        while (answer := self.receive()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, path):
        self.call("Page.navigate", url=path.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())

    def evaluate(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def wait_for(self, expression):
        for _ in range(1200):  # a minute
            if value := self.evaluate(expression):
                return value
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}")

    def hover(self, selector):
        box = self.evaluate(f"document.querySelector({selector!r}).scrollIntoView({{block: 'center'}}); "
                            f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector({selector!r}).getBoundingClientRect())")
        for offset in (0, 2):  # a move, not an appearance
            self.move(box[0] + offset, box[1])

    def read_point(self, figure, name):
        """What the mouse finds at the first point of the figure's last line or cloud whose name begins so."""
        x, y = self.evaluate(f"""(() => {{
            const plot = document.getElementById({figure!r});
            plot.scrollIntoView({{block: 'center'}});
            const trace = plot._fullData.findLast(
                t => t.type === 'scatter' && t.hoverinfo !== 'skip' && t.name.startsWith({name!r}));
            const box = plot.getBoundingClientRect(), axis = id => plot._fullLayout[id[0] + 'axis' + id.slice(1)];
            const xaxis = axis(trace.xaxis), yaxis = axis(trace.yaxis);
            return [box.x + xaxis._offset + xaxis.d2p(trace.x[0]), box.y + yaxis._offset + yaxis.d2p(trace.y[0])];
        }})()""")
        for offset in (-1, 0):
            self.move(x + offset, y)
        return self.wait_for(f"document.querySelector('#{figure} .hoverlayer').textContent")

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def requests(self):
        """Addresses outside of the page's own file."""
        urls = [event["params"]["request"]["url"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith(("file:", "data:", "blob:"))]

    def errors(self):
        def is_error(event):
            return (event["method"] == "Runtime.exceptionThrown"
                    or event["method"] == "Runtime.consoleAPICalled" and event["params"]["type"] in ("error", "warning")
                    or event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error")
        return [event["params"] for event in self.events if is_error(event)]
