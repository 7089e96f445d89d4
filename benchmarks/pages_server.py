"""The server of `benchmarks.pages`: says its address and the cookies that open it, then at each line that it reads how
many milliseconds of processor time the longest callback of its loop took since the line before."""

import json
import os
import sys
from pathlib import Path

from tests.loop_lag import LoopLag
from tests.server.live import live_server

from weft.workspace import Workspace


def main() -> None:
    lag = LoopLag()
    lag.install()
    with live_server(Workspace(Path(sys.argv[1]), env={}), ui=True) as live:
        print(json.dumps({"url": live.base_url, "cookies": live.cookies()}), flush=True)
        for _ in sys.stdin:
            if os.environ.get("WEFT_BENCH_WHO"):
                print(f"{lag.worst * 1000:.0f} ms: {lag.culprit}", file=sys.stderr)
            print(json.dumps(lag.worst * 1000), flush=True)
            lag.begin()


if __name__ == "__main__":
    main()
