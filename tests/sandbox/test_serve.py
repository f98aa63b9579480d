from __future__ import annotations

import json
import signal
import socket
import stat
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mercer.config import load
from mercer.core.errors import RefusedError, WorkspaceError
from mercer.sandbox.catalogue import Article, generate
from mercer.sandbox.channels import read_channels
from mercer.sandbox.clock import SandboxClock
from mercer.sandbox.serve import running, serve
from mercer.sandbox.workspace import make_ready, open_sandbox
from mercer.sandbox.world import Sandbox

pytestmark = pytest.mark.usefixtures("toys")

TOYS = read_channels("us=toy,cn=taobao")


def goods() -> list[Article]:
    return generate(3, 1)


# ---------------------------------------------------------------- on the wire


def test_a_served_sandbox_answers_and_a_dropped_request_breaks_the_connection(
    sandbox: Sandbox,
) -> None:
    with running(sandbox) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.get("/us/x").json()["path"] == "/x"
        client.post("/_world/faults", json={"kind": "timeout", "count": 1})
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            client.get("/us/x")
        assert client.get("/us/x").status_code == 200


async def test_the_clock_of_the_world_is_asked_and_waiting_costs_no_time(
    sandbox: Sandbox,
) -> None:
    with running(sandbox) as address:
        clock = SandboxClock(address)
        start = clock.now()
        assert start == sandbox.world.clock.now()
        assert start.utcoffset() == timedelta(0)
        await clock.sleep(3600.25)
        assert clock.now() - start == timedelta(seconds=3600.25)
        clock.close()


def test_a_clock_outlives_a_connection_that_was_closed(sandbox: Sandbox) -> None:
    with running(sandbox) as address:
        port = int(address.rpartition(":")[2])
        clock = SandboxClock(address)
        first = clock.now()
    with running(sandbox, port):
        assert clock.now() == first
        clock.close()


def test_threads_may_share_a_clock(sandbox: Sandbox) -> None:
    with running(sandbox) as address:
        clock = SandboxClock(address)
        seen = []
        threads = [threading.Thread(target=lambda: seen.append(clock.now())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.close()
    assert seen == [sandbox.world.clock.now()] * 8


def test_a_sandbox_that_does_not_run_is_told_with_the_command_that_starts_it(
    sandbox: Sandbox,
) -> None:
    with running(sandbox) as address:
        port = address.rpartition(":")[2]
    with pytest.raises(WorkspaceError) as caught:
        SandboxClock(address).now()
    assert f"mercer sandbox --port {port}" in caught.value.hint


def test_another_server_at_its_address_is_not_taken_for_the_sandbox() -> None:
    def answer(listener: socket.socket) -> None:
        for _ in range(2):
            connection, _peer = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n[]")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        other = threading.Thread(target=answer, args=(listener,))
        other.start()
        with pytest.raises(WorkspaceError, match="does not answer"):
            SandboxClock(f"http://127.0.0.1:{listener.getsockname()[1]}").now()
        other.join()


def test_a_port_that_is_taken_is_told(sandbox: Sandbox) -> None:
    with running(sandbox) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(WorkspaceError, match=f"port {port}"):
            serve(sandbox, port, None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_and_the_world_is_kept(
    sandbox: Sandbox, workspace: Path, number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    serve(sandbox, 0, workspace, ready=lambda _address: signal.raise_signal(number))
    assert json.loads((workspace / "sandbox.json").read_text("utf-8"))["seed"] == 7
    assert signal.getsignal(number) is before


# ---------------------------------------------------------------- the workspace


def test_the_workspace_it_writes_works(sandbox: Sandbox, workspace: Path) -> None:
    path = make_ready(sandbox, workspace, "http://127.0.0.1:8765")
    config = load(path)
    assert config.sandbox == "http://127.0.0.1:8765"
    assert {name: each.channel for name, each in config.channels.items()} == sandbox.channels
    assert config.resolved("us") == {
        "address": "http://127.0.0.1:8765/us/api",
        "token": "token-of-us",
    }


def test_channels_of_one_account_are_so_in_the_workspace_too(workspace: Path) -> None:
    sandbox = Sandbox(read_channels("de=amazon:EUR,pl=amazon:PLN@de"))
    config = load(make_ready(sandbox, workspace, "http://127.0.0.1:8765"))
    assert {name: each.channel for name, each in config.channels.items()} == sandbox.channels


def test_secrets_are_kept_out_of_the_file(sandbox: Sandbox, workspace: Path) -> None:
    text = make_ready(sandbox, workspace, "http://127.0.0.1:1").read_text("utf-8")
    assert "token-of-us" not in text
    assert stat.S_IMODE((workspace / "secrets" / "us.token").stat().st_mode) == 0o600


def test_it_moves_to_another_port_and_keeps_what_a_person_wrote(
    sandbox: Sandbox, workspace: Path
) -> None:
    path = make_ready(sandbox, workspace, "http://127.0.0.1:1")
    path.write_text(path.read_text("utf-8") + "# mine\n[channels.us.stock]\nbuffer = 2\n", "utf-8")
    make_ready(sandbox, workspace, "http://127.0.0.1:2")
    config = load(path)
    assert config.sandbox == "http://127.0.0.1:2"
    assert config.resolved("cn")["address"] == "http://127.0.0.1:2/cn/api"
    assert config.channels["us"].channel.stock_rule.buffer == 2
    assert "# mine" in path.read_text("utf-8")


def test_a_channel_that_a_person_took_out_comes_back(sandbox: Sandbox, workspace: Path) -> None:
    few = Sandbox(read_channels("us=toy"), 7)
    make_ready(few, workspace, "http://127.0.0.1:1")
    assert set(load(make_ready(sandbox, workspace, "http://127.0.0.1:1")).channels) == set(TOYS)


def test_a_workspace_of_real_shops_is_left_alone(sandbox: Sandbox, workspace: Path) -> None:
    workspace.mkdir()
    path = workspace / "mercer.toml"
    path.write_text('[workspace]\nname = "real"\nreporting_currency = "CNY"\n', "utf-8")
    before = path.read_bytes()
    for action in (
        lambda: make_ready(sandbox, workspace, "http://127.0.0.1:1"),
        lambda: open_sandbox(workspace, TOYS, 1, goods),
        lambda: serve(sandbox, 0, workspace),
    ):
        with pytest.raises(RefusedError, match="is not a sandbox's workspace"):
            action()
    assert path.read_bytes() == before
    assert list(workspace.iterdir()) == [path]


def test_a_workspace_takes_its_world_up_again(workspace: Path) -> None:
    first = open_sandbox(workspace, TOYS, 5, goods)
    with running(first, workspace=workspace):
        first.simulators["us"].order([(first.simulators["us"].offers()[0].merchant_code, 1)])
    for channels in (None, TOYS):
        assert open_sandbox(workspace, channels, 1, list).dump() == first.dump()


def test_a_workspace_with_other_channels_is_not_bent(workspace: Path) -> None:
    with running(open_sandbox(workspace, TOYS, 5, goods), workspace=workspace):
        pass
    with pytest.raises(RefusedError, match="has the channels us=toy:USD,cn=taobao:CNY"):
        open_sandbox(workspace, read_channels("us=toy"), 5, goods)


def test_one_shop_of_each_kind_is_opened_where_nothing_is_asked_for() -> None:
    sandbox = open_sandbox(None, None, 1, goods)
    assert {name: each.currency for name, each in sandbox.channels.items()} == {
        "shopify": "USD",
        "taobao": "CNY",
    }
    assert all(len(shop.offers()) > 2 for shop in sandbox.simulators.values())


def test_a_saved_world_that_is_damaged_is_told(workspace: Path) -> None:
    workspace.mkdir()
    (workspace / "sandbox.json").write_text("{", "utf-8")
    with pytest.raises(WorkspaceError, match="cannot be read"):
        open_sandbox(workspace, TOYS, 1, goods)
