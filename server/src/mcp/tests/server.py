# A small MCP server over standard input and output, with tools that behave in every way a server can.
import json, os, subprocess, sys, time

def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()

def note(text):
    if "NOTES" in os.environ:
        with open(os.environ["NOTES"], "a") as notes:
            notes.write(text + "\n")

tools = ["env", "say", "fail", "refuse", "hang", "crash", "garbage", "flood", "breed", "progress", "grow", "pid"]

def call(id, name, arguments, token):
    def answer(text, **more):
        send({"id": id, "result": {"content": [{"type": "text", "text": text}], **more}})
    if name == "env":
        answer(json.dumps({"env": dict(os.environ), "cwd": os.getcwd(), "group": os.getpgrp(), "pid": os.getpid()}))
    elif name == "pid":
        answer(str(os.getpid()))
    elif name == "say":
        answer(arguments["text"])
    elif name == "fail":
        answer("it failed with " + os.environ.get("KEY", ""), isError=True)
    elif name == "refuse":
        send({"id": id, "error": {"code": -32602, "message": "not with " + os.environ.get("KEY", "")}})
    elif name == "hang":
        note("hanging")
    elif name == "crash":
        sys.stderr.write("about to crash\n")
        os._exit(3)
    elif name == "garbage":
        sys.stdout.write("hello\n\n{\"a\":1}\n[1]\n\"text\"\n{\"jsonrpc\":\"2.0\",\"id\":999,\"result\":{}}\n{broken\n")
        sys.stdout.flush()
        sys.stdout.buffer.write(b"\xff\xfe\n")
        sys.stdout.buffer.flush()
        answer("after garbage")
    elif name == "flood":
        try:
            for _ in range(100):
                sys.stdout.write("x" * 1024 * 1024)
            answer("flooded")
        except BrokenPipeError:
            os._exit(1)
    elif name == "breed":
        child = subprocess.Popen(["sh", "-c", "trap '' TERM; while true; do sleep 1; done"])
        answer(str(child.pid))
    elif name == "progress":
        for step in range(1, 4):
            send({"method": "notifications/progress", "params": {
                "progressToken": token, "progress": step, "total": 3, "message": os.environ.get("KEY", "") + "!"}})
        answer("done")
    elif name == "grow":
        tools.append("grown")
        send({"method": "notifications/tools/list_changed"})
        answer("grown")
    else:
        answer("no such tool", isError=True)

note("started")
for line in sys.stdin:
    message = json.loads(line)
    method, id, params = message.get("method"), message.get("id"), message.get("params", {})
    if method == "initialize":
        send({"id": id, "result": {"protocolVersion": params["protocolVersion"], "serverInfo": {
            "name": "test", "version": "1"}, "capabilities": {"tools": {"listChanged": True}}}})
    elif method == "tools/list":
        # Two a page, so that a listing needs several.
        start = int(params.get("cursor", "0"))
        page = [{"name": name, "description": "knows " + os.environ.get("KEY", "nothing"),
                 "inputSchema": {"type": "object"}} for name in tools[start:start + 2]]
        more = {"nextCursor": str(start + 2)} if start + 2 < len(tools) else {}
        send({"id": id, "result": {"tools": page, **more}})
    elif method == "tools/call":
        call(id, params["name"], params.get("arguments", {}), params.get("_meta", {}).get("progressToken"))
    elif method == "notifications/cancelled":
        note("cancelled")
note("closed")
