"""The language model in this process: weights loaded once, slots that keep their prompt's prefix, deadlines.

What a slot holds after reading a fixed beginning is kept on disk, so that only the first start pays for reading it.

Knows prompts and tokens, neither LangChain nor tools. Prompts are rendered here, by a template of ours: one that a
model file brings along is never run.
"""

from __future__ import annotations

import os

os.environ.setdefault("GOMP_SPINCOUNT", "0")  # read at import of the runtime: spinning threads starve a busy machine

import hashlib
import http.client
import json
import math
import queue
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import xllamacpp

from agent.errors import ModelUnavailable

Slot = Literal["decide", "explain", "plain"]
_SLOTS: tuple[Slot, ...] = ("decide", "explain", "plain")
SLOT_TOKENS = 4096
_N_PROBABLE = 100
_LIFT = 60.0  # logits; far above any difference between two tokens
_SMALLEST = 1e-37  # of the runtime's 32-bit probabilities
_SPECIAL = re.compile(r"<\|(?=[^<>|]{1,40}\|>)")


@dataclass(frozen=True)
class Turn:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass
class Timing:
    """What calls cost; every call adds to the one it is given.

    Attributes:
        n_cached: Prompt tokens that the slot still held.
        n_read: Prompt tokens that had to be processed.
        n_written: Tokens generated.
        cut: Whether the last answer ended at its token limit.
    """

    n_cached: int = 0
    n_read: int = 0
    n_written: int = 0
    read_s: float = 0.0
    written_s: float = 0.0
    cut: bool = False

    def add(self, chunk: Mapping[str, Any]) -> None:
        """Add what the runtime reports with the last piece of an answer."""
        self.cut = any(choice.get("finish_reason") == "length" for choice in chunk.get("choices", ()))
        if costs := chunk.get("timings"):
            self.n_cached += costs["cache_n"]
            self.n_read += costs["prompt_n"]
            self.n_written += costs["predicted_n"]
            self.read_s += costs["prompt_ms"] / 1000
            self.written_s += costs["predicted_ms"] / 1000


def chat_prompt(turns: Sequence[Turn], begun: str = "") -> str:
    """Render a prompt in the model's chat format.

    Control tokens written in a message are broken up, so that no text from outside can end its own turn.

    Args:
        turns: The messages.
        begun: The first words of the answer, already decided.
    """
    body = "".join(f"<|im_start|>{turn.role}\n{_SPECIAL.sub('< |', turn.text)}<|im_end|>\n" for turn in turns)
    return f"{body}<|im_start|>assistant\n{begun}"


class Engine:
    """A loaded model. Every prompt kind has its own slot, whose cache holds the prefix that its prompts share.

    All methods raise ModelUnavailable if the slot stays busy, the time is over or the runtime refuses the prompt.

    Args:
        weights: The verified GGUF file.
        threads: Threads to compute with.
        kept: Folder for the states of slots that `prepare` filled; made if missing.

    Raises:
        ModelUnavailable: If the runtime cannot load the file.
    """

    def __init__(self, weights: Path, threads: int, kept: Path) -> None:
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_urlsafe(32)
        try:
            self._server = xllamacpp.Server(_parameters(weights, threads, kept, key))
        except (RuntimeError, ValueError) as error:
            raise ModelUnavailable(f"the embedded chat model could not be loaded from {str(weights)!r}") from error
        self._busy = {slot: threading.Lock() for slot in _SLOTS}
        self._tokens = _Tokens(self._server.listening_address, key)
        self._states = _SlotStates(self._server.listening_address, key, kept, f"{xllamacpp.__version__} {weights.name}")

    def write(
        self,
        prompt: str,
        slot: Slot,
        max_tokens: int,
        timeout_s: float,
        grammar: Mapping[str, Any] | None = None,
        stop: Sequence[str] = (),
        timing: Timing | None = None,
    ) -> Iterator[str]:
        """Complete a prompt greedily.

        Args:
            prompt: From `chat_prompt`.
            slot: Whose cached prefix to go on from; calls of one slot wait for each other.
            max_tokens: Where to cut the answer.
            timeout_s: Seconds until the whole answer must be there, waiting included.
            grammar: {"json_schema": schema} or {"grammar": text}: what the answer must look like.
            stop: Texts that end the answer.
            timing: Where to add what the call costs.

        Yields:
            Pieces of text as they are written.
        """
        request = {"prompt": prompt, "max_tokens": max_tokens, "stop": list(stop), "stream": True, **(grammar or {})}
        for chunk in self._chunks(request, slot, timeout_s, timing or Timing()):
            for choice in chunk.get("choices", ()):
                if choice.get("text"):
                    yield choice["text"]

    def next_token(self, prompt: str, slot: Slot, timeout_s: float, timing: Timing | None = None) -> dict[str, float]:
        """Return the hundred most probable next tokens with their natural log-probabilities."""
        request = {"prompt": prompt, "max_tokens": 1, "n_probs": _N_PROBABLE, "logprobs": _N_PROBABLE}
        timing = timing or Timing()
        (answer,) = self._chunks(request, slot, timeout_s, timing)
        timing.cut = False  # one token was all that was asked for
        probable = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        return {token["token"]: token["logprob"] for token in probable}

    def weigh(
        self, prompt: str, words: Sequence[str], slot: Slot, timeout_s: float, timing: Timing | None = None
    ) -> list[float]:
        """Return how probable it is that a prompt goes on with each word, judged by the word's first token.

        Natural log-probabilities up to a constant common to all words: the words' tokens are lifted above all others,
        so that the runtime lists just them instead of its whole vocabulary.

        Args:
            prompt: Text to go on from.
            words: One or more words; each is read as following a space.
            slot: Whose cached prefix to go on from.
            timeout_s: Seconds until the answer must be there.
            timing: Where to add what the call costs.
        """
        tokens = [self._tokens.first(word) for word in words]
        listed = sorted(set(tokens))
        request = {
            "prompt": prompt,
            "max_tokens": 1,
            "n_probs": len(listed),
            "logprobs": len(listed),
            "post_sampling_probs": True,
            "samplers": ["temperature"],
            "temperature": 1.0,
            "logit_bias": [[token, _LIFT] for token in listed],
        }
        timing = timing or Timing()
        (answer,) = self._chunks(request, slot, timeout_s, timing)
        timing.cut = False
        found = answer["choices"][0]["logprobs"]["content"][0]["top_probs"]
        likely = {one["id"]: math.log(max(one["prob"], _SMALLEST)) for one in found}
        return [likely.get(token, math.log(_SMALLEST)) for token in tokens]

    def prepare(self, prompt: str, slot: Slot, timeout_s: float = 300.0) -> Timing:
        """Make a slot hold a prompt, from its kept state if there is one; return what that cost."""
        name = self._states.name(prompt, slot)
        self._states.restore(slot, name)
        timing = Timing()
        self.next_token(prompt, slot, timeout_s, timing)
        if timing.n_read > timing.n_cached:  # there was no state that fits
            self._states.save(slot, name)
        return timing

    def _chunks(
        self, request: Mapping[str, Any], slot: Slot, timeout_s: float, timing: Timing
    ) -> Iterator[dict[str, Any]]:
        deadline = time.monotonic() + timeout_s
        if not self._busy[slot].acquire(timeout=timeout_s):
            raise ModelUnavailable(f"the embedded chat model is busy: no answer within {timeout_s:.0f} s")
        pinned = {"id_slot": _SLOTS.index(slot), "cache_prompt": True, "temperature": 0, **request}
        call = _Call(self._server, pinned, self._busy[slot])
        try:
            for chunk in call.chunks(deadline):
                timing.add(chunk)
                yield chunk
        finally:
            call.cancelled = True


class _Call:
    """One request on its own thread: the runtime calls back, the caller pulls."""

    def __init__(self, server: Any, request: dict[str, Any], busy: threading.Lock) -> None:
        self.cancelled = False
        self._received: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        # No daemon: the runtime must not be torn down under a thread that is inside it.
        threading.Thread(target=self._run, args=(server, request, busy)).start()

    def _run(self, server: Any, request: dict[str, Any], busy: threading.Lock) -> None:
        try:
            server.handle_completions(request, self._receive)
        finally:
            busy.release()
            self._received.put(None)

    def _receive(self, chunk: dict[str, Any]) -> bool:
        self._received.put(chunk)
        return self.cancelled  # true ends the generation

    def chunks(self, deadline: float) -> Iterator[dict[str, Any]]:
        is_empty = True
        while True:
            try:
                chunk = self._received.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise ModelUnavailable("the embedded chat model did not answer in time") from None
            if chunk is None:
                if is_empty:
                    raise ModelUnavailable("the embedded chat model gave no answer")
                return
            is_empty = False
            if "error" in chunk:
                raise ModelUnavailable(f"the embedded chat model refused a prompt: {chunk['error'].get('message')}")
            yield chunk


class _Tokens:
    """The first token of words. The runtime offers this over its loopback port only."""

    def __init__(self, address: str, key: str) -> None:
        self._host = address.removeprefix("http://")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._first: dict[str, int] = {}

    def first(self, word: str) -> int:
        """Return the first token of a word that follows a space."""
        if word not in self._first:
            self._first[word] = self._ask(f" {word}")
        return self._first[word]

    def _ask(self, text: str) -> int:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request("POST", "/tokenize", json.dumps({"content": text}), self._headers)
            return int(json.loads(connection.getresponse().read())["tokens"][0])
        except (OSError, ValueError, LookupError) as error:
            raise ModelUnavailable("the embedded chat model did not split a word into tokens") from error
        finally:
            connection.close()


class _SlotStates:
    """Slots saved to files and loaded from them. The runtime offers this over its loopback port only."""

    def __init__(self, address: str, key: str, folder: Path, made_with: str) -> None:
        self._host = address.removeprefix("http://")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._folder = folder
        self._made_with = made_with

    def name(self, prompt: str, slot: Slot) -> str:
        """Return the file name that stands for this prompt, read by this runtime and these weights."""
        digest = hashlib.sha256(f"{self._made_with}\n{prompt}".encode()).hexdigest()
        return f"{slot}-{digest[:24]}.state"

    def restore(self, slot: Slot, name: str) -> None:
        if (self._folder / name).is_file():  # the runtime itself refuses a damaged one
            self._ask(slot, "restore", name)

    def save(self, slot: Slot, name: str) -> None:
        unfinished = f"{name}.{os.getpid()}.part"
        if not self._ask(slot, "save", unfinished):
            return
        (self._folder / unfinished).replace(self._folder / name)
        for old in self._folder.glob(f"{slot}-*"):
            if old.name != name:
                old.unlink(missing_ok=True)

    def _ask(self, slot: Slot, action: str, name: str) -> bool:
        """Return whether it worked; if not, the prompt is read again and nothing else is lost."""
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            path = f"/slots/{_SLOTS.index(slot)}?action={action}"
            connection.request("POST", path, json.dumps({"filename": name}), self._headers)
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()


def loopback_parameters(weights: Path, threads: int, key: str, port: int, n_slots: int, slot_tokens: int) -> Any:
    """Return the runtime's parameters for a server that only this machine reaches, and only who knows the key.

    Args:
        weights: The verified GGUF file.
        threads: To compute with.
        key: What a client must send.
        port: On 127.0.0.1; 0 takes a free one.
        n_slots: Prompts whose computed beginnings are kept side by side.
        slot_tokens: The longest prompt and answer together.
    """
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.n_parallel = n_slots
    parameters.n_ctx = slot_tokens * n_slots
    parameters.kv_unified = False
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    parameters.fit_params = False
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.api_keys = [key]
    parameters.cors_origins = "http://127.0.0.1"
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.endpoint_props = False
    parameters.verbosity = -1
    return parameters


def _parameters(weights: Path, threads: int, kept: Path, key: str) -> Any:
    # The runtime always opens a port, though this process talks to it directly.
    parameters = loopback_parameters(weights, threads, key, 0, len(_SLOTS), SLOT_TOKENS)
    # The runtime repacks the weights into memory of its own; mapped, the file would stay in memory beside it.
    parameters.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE
    # A slot keeps its own cache in place: nothing is moved to the side when another prompt comes.
    parameters.cache_ram_mib = 0
    parameters.cache_idle_slots = False
    parameters.slot_save_path = f"{kept}/"
    return parameters


_opening = threading.Lock()
_opened = cache(Engine)


def open_engine(weights: Path, threads: int, kept: Path) -> Engine:
    """Return the engine for these weights, loaded once in a process."""
    with _opening:
        return _opened(weights, threads, kept)
