"""A chat model from a folder on this machine, run by transformers: safetensors only, no code from the folder, no hub.

Its chat template is rendered by transformers, in a sandbox that can change nothing; control tokens written in a message
are broken up first, so that no text from outside can end its own turn.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, PrivateAttr, SkipValidation
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    MaxTimeCriteria,
    StoppingCriteria,
    StoppingCriteriaList,
    TextIteratorStreamer,
)

from agent.errors import ModelUnavailable
from agent.settings import Settings
from recsys.language_model import fast_dtype
from recsys.library_bars import without_bars

MAX_TOKENS = 400


class TransformersChatModel(BaseChatModel):
    """A causal language model with a chat template. Calls wait for each other.

    Attributes:
        network: The model, in evaluation mode.
        tokenizer: With its chat template.
        folder: Its name.
        temperature: 0 decodes greedily.
        timeout_s: Seconds that one call may take; the answer is cut there.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    network: SkipValidation[Any] = Field(exclude=True)
    tokenizer: SkipValidation[Any] = Field(exclude=True)
    folder: str
    temperature: float = 0.0
    timeout_s: float = 60.0
    _busy: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "transformers"

    @property
    def context_length(self) -> int | None:
        """Tokens that the model can read, None where its configuration does not say."""
        return getattr(self.network.config, "max_position_embeddings", None)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        max_tokens: int = MAX_TOKENS,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        prompt = self._prompt(messages)
        room = (self.context_length or prompt.shape[1] + max_tokens) - prompt.shape[1]
        if room < 1:
            raise ModelUnavailable(
                f"the model in {self.folder!r} reads {self.context_length} tokens, the prompt has {prompt.shape[1]}: "
                "use one that reads more"
            )
        deadline = time.monotonic() + self.timeout_s
        if not self._busy.acquire(timeout=self.timeout_s):
            raise ModelUnavailable(f"the model in {self.folder!r} is busy: no answer within {self.timeout_s:.0f} s")
        limit = min(max_tokens, room)
        try:
            answer = _Generation(self, prompt, limit, list(stop or ()), deadline)
            with closing(answer.pieces()) as pieces:
                for piece in pieces:
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        finally:
            self._busy.release()
        is_cut = answer.n_written >= limit or time.monotonic() >= deadline
        yield ChatGenerationChunk(message=self._last(prompt.shape[1], answer.n_written, is_cut))

    def _prompt(self, messages: Sequence[BaseMessage]) -> torch.Tensor:
        """Return the token ids of a history, int64, (1, T)."""
        turns = [{"role": _role(message), "content": self._plain(message.text)} for message in messages]
        text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids: torch.Tensor = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
        return ids

    def _plain(self, text: str) -> str:
        """Return a text without control tokens, those included that the tokenizer names no use for."""
        added = {str(token) for token in self.tokenizer.added_tokens_decoder.values() if token.special}
        for token in sorted(added | set(self.tokenizer.all_special_tokens)):
            text = text.replace(token, f"{token[:1]} {token[1:]}")
        return text

    def _last(self, n_read: int, n_written: int, is_cut: bool) -> AIMessageChunk:
        return AIMessageChunk(
            content="",
            usage_metadata=UsageMetadata(input_tokens=n_read, output_tokens=n_written, total_tokens=n_read + n_written),
            response_metadata={
                "model_name": self.folder,
                "finish_reason": "length" if is_cut else "stop",
            },
            chunk_position="last",
        )


class _Left(StoppingCriteria):
    """Ends a generation that nobody waits for any more."""

    def __init__(self) -> None:
        self.left = threading.Event()

    def __call__(self, input_ids: torch.Tensor, scores: Any, **kwargs: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), self.left.is_set(), dtype=torch.bool)


class _Generation:
    """One answer, written on its own thread and read from this one."""

    def __init__(
        self, model: TransformersChatModel, prompt: torch.Tensor, limit: int, stop: list[str], deadline: float
    ) -> None:
        self._left = _Left()
        self._streamer = TextIteratorStreamer(
            model.tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=deadline - time.monotonic() + 30
        )
        self._fault: Exception | None = None
        self._n_read = prompt.shape[1]
        self.n_written = 0
        criteria = StoppingCriteriaList([self._left, MaxTimeCriteria(max(0.1, deadline - time.monotonic()))])
        options = {"stop_strings": stop, "tokenizer": model.tokenizer} if stop else {}
        warm = {"do_sample": True, "temperature": model.temperature} if model.temperature else {"do_sample": False}
        self._thread = threading.Thread(
            target=self._run,
            args=(model.network, prompt, {"max_new_tokens": limit, "stopping_criteria": criteria, **options, **warm}),
        )
        self._thread.start()

    def pieces(self) -> Generator[str, None, None]:
        """Yield the answer; whoever closes this early ends the generation."""
        try:
            yield from filter(None, self._streamer)
        finally:
            self._left.left.set()
            self._thread.join()
        if self._fault is not None:
            raise ModelUnavailable(f"the local model failed ({type(self._fault).__name__})")

    def _run(self, network: Any, prompt: torch.Tensor, options: dict[str, Any]) -> None:
        try:
            written = network.generate(
                prompt, attention_mask=torch.ones_like(prompt), streamer=self._streamer, **options
            )
            self.n_written = int(written.shape[1]) - self._n_read
        except Exception as error:  # handed to the thread that reads, which would wait for ever
            self._fault = error
            self._streamer.end()  # type: ignore[no-untyped-call]


def open_folder(folder: Path, settings: Settings) -> TransformersChatModel:
    """Load a chat model from a folder.

    Args:
        folder: With config.json, the weights as safetensors and the tokenizer's files.
        settings: Temperature and waiting time.

    Raises:
        ModelUnavailable: If the folder holds no such model or its tokenizer has no chat template.
    """
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        raise ModelUnavailable(f"no model in {str(folder)!r}: give a folder with config.json and *.safetensors")
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        with without_bars():
            network = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, dtype=fast_dtype(), **options)
    except Exception as error:  # a folder from anywhere can be wrong in many ways
        raise ModelUnavailable(f"the model in {str(folder)!r} cannot be loaded ({type(error).__name__})") from error
    if not tokenizer.chat_template:
        raise ModelUnavailable(f"the tokenizer in {str(folder)!r} has no chat template: use an instruction-tuned model")
    network.requires_grad_(False).eval()  # type: ignore[no-untyped-call]
    return TransformersChatModel(
        network=network,
        tokenizer=tokenizer,
        folder=folder.name,
        temperature=settings.temperature,
        timeout_s=settings.answer_timeout_s,
    )


def _role(message: BaseMessage) -> str:
    if isinstance(message, SystemMessage):
        return "system"
    return "assistant" if isinstance(message, AIMessage) else "user"
