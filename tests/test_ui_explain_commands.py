import json
import shutil
from html import unescape

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from agent.errors import ModelUnavailable
from agent.settings import Settings
from recsys.catalogue import Catalogue
from recsys.data.boutique import Boutique
from recsys.data.demo import open_source
from recsys.data.ingest import ingest
from recsys.data.sequences import leave_one_out
from recsys.errors import InputError, NotFound, NotReady
from recsys.guided.embedding import GuidedEmbeddings
from recsys.language_model import VERSION, load_language_model
from recsys.models.fitting import seeded
from recsys.models.refined_ranker import RefinedConfig, RefinedRanker
from recsys.models.weights import load_ranker, save_ranker
from recsys.recommender import Recommender
from recsys.refined import refine
from recsys.seller.adapter import Adapter, SoftPrompt
from recsys.seller.features import FrozenPaths
from recsys.seller.gate_report import report_gates
from recsys.seller.local_drafter import Written
from recsys.seller.metadata import measure_relevance
from recsys.seller.model import Identity, Seller, adapter_config, save_seller
from recsys.seller.network import SellerNetwork
from recsys.seller.weighed_suggestions import draw_histories, weigh_suggestions
from ui.explain_commands import RecordingDrafter, explain, gates


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo boutique with a ranker as it is before training: what it says is not what is tested here."""
    folder = tmp_path_factory.mktemp("demo") / "boutique"
    ingest(open_source(), folder)
    boutique = Boutique.open(folder)
    items, scores = boutique.sequences().items, boutique.guided_scores()
    guided = GuidedEmbeddings.from_scores(scores, items)
    vectors = np.random.default_rng(0).normal(size=(len(items) + 1, 32)).astype(np.float32)
    vectors[0] = 0.0
    with seeded(0):
        ranker = RefinedRanker.build(RefinedConfig(len(items), dim=32, max_length=20), refine(vectors, guided.standard))
    stamp = boutique.fingerprint()
    save_ranker(ranker, folder / "weights" / "refined", catalogue_fingerprint=stamp, info={"seed": 7})
    return folder


@pytest.fixture(autouse=True)
def no_bundled_seller(tmp_path, monkeypatch):
    """The demo boutique's own SELLER comes with the package; here only what a test trains is there."""
    monkeypatch.setattr("recsys.seller.model.BUNDLED", tmp_path / "none")


def run(folder, *arguments, command=explain, **settings):
    return CliRunner().invoke(command, arguments, obj=Settings(boutique=folder, **settings))


def test_the_command_writes_the_page_and_prints_text_and_path(demo, tmp_path):
    out = tmp_path / "pages" / "c003.html"
    result = run(demo, "--client", "c003", "--rank", "2", "--out", str(out))
    assert result.exit_code == 0, result.output
    text, path = result.stdout.splitlines()
    assert path == str(out)
    page = out.read_text(encoding="utf-8")
    assert "client c003" in page
    assert unescape(text.split(".")[0]) in unescape(page)


def test_the_command_prints_the_trace_as_one_document(demo, tmp_path):
    out = str(tmp_path / "a.html")
    ranked = json.loads(run(demo, "--client", "c003", "--out", out, "--json").stdout)
    named = json.loads(run(demo, "--client", "c003", "--item", ranked["item_id"], "--out", out, "--json").stdout)
    for one in (ranked, named):
        assert one["identity"].pop("seconds") > 0
    assert ranked == named
    assert ranked["identity"]["seed"] == 7
    assert len(ranked["identity"]["weights_sha256"]) == 64
    assert ranked["history"][0]["at"] <= ranked["history"][-1]["at"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (["--client", "nobody"], NotFound, "unknown client 'nobody'"),
        (["--client", "c003", "--item", "nothing"], NotFound, "unknown item 'nothing'"),
        (["--client", "c003", "--rank", "1000"], InputError, "choose a lower --rank"),
    ],
)
def test_the_command_refuses_what_is_not_there(demo, tmp_path, arguments, error, message):
    result = run(demo, *arguments, "--out", str(tmp_path / "a.html"))
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert not (tmp_path / "a.html").exists()


def test_the_command_refuses_item_and_rank_together(demo, tmp_path):
    result = run(demo, "--client", "c003", "--item", "i", "--rank", "2", "--out", str(tmp_path / "a.html"))
    assert result.exit_code == 2
    assert "not both" in result.output


def test_without_a_seller_the_template_writes_and_no_experts_are_shown(demo, tmp_path):
    result = run(demo, "--client", "c003", "--out", str(tmp_path / "a.html"), "--json")
    document = json.loads(result.stdout)
    assert document["source"] in ("template", "none")
    assert (document["experts"], document["roles"], document["identity"]["adapter_sha256"]) == (None, [], "")
    assert document["identity"]["style"] in ("feature", "style", "occasion", "sequence")


@pytest.mark.parametrize("arguments", [["--writer", "seller"], []])
def test_a_seller_that_is_not_there_is_asked_for_in_vain(demo, tmp_path, arguments):
    if arguments:
        result = run(demo, "--client", "c003", "--out", str(tmp_path / "a.html"), *arguments)
    else:
        result = run(demo, command=gates)
    assert isinstance(result.exception, NotReady)
    assert "run 'clienteller seller train'" in str(result.exception)


def test_a_chat_model_that_is_not_there_is_said_so(demo, tmp_path):
    out = str(tmp_path / "a.html")
    result = run(demo, "--client", "c003", "--out", out, "--writer", "chat", chat_model="none")
    assert isinstance(result.exception, ModelUnavailable)
    assert "no chat model can write" in str(result.exception)


def seller_of(folder, language_model, tokenizer):
    """A SELLER as it is before training, but for gates that tell inputs apart."""
    boutique = Boutique.open(folder)
    catalogue = Catalogue(boutique.items())
    guided = GuidedEmbeddings.from_scores(boutique.guided_scores(), catalogue.ids)
    ranker = load_ranker(folder / "weights" / "refined", catalogue_fingerprint=boutique.fingerprint())
    meanings = np.random.default_rng(0).normal(size=(len(catalogue) + 1, 24)).astype(np.float32)
    paths = FrozenPaths(ranker, meanings, guided.standard)
    with seeded(0):
        adapter = Adapter(adapter_config(paths, language_model, width=16, rank=4))
        for experts in (adapter.behaviour, adapter.semantics):
            torch.nn.init.normal_(experts.gate.weight)
        network = SellerNetwork(adapter, language_model, tokenizer)
    relevance = measure_relevance(catalogue, leave_one_out(boutique.sequences()).train, seed=0)
    identity = Identity(boutique.fingerprint(), VERSION, guided.names, {})
    return Seller(network, paths, relevance, identity), boutique, Recommender(catalogue, ranker, guided)


def test_suggestions_are_weighed_without_a_language_model(demo):
    config = LlamaConfig(vocab_size=8, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    seller, boutique, recommender = seller_of(demo, LlamaForCausalLM(config).requires_grad_(False), tokenizer)
    weighed = weigh_suggestions(seller, recommender, draw_histories(boutique, 12, 0))
    assert len(weighed.clients) == 36
    for path, gates_of in weighed.gates.items():
        sums = gates_of.sum(axis=-1)
        assert np.all(np.isclose(sums, 1, atol=1e-5) | (sums == 0)), path
    assert {len(kinds) for kinds in weighed.kinds.values()} == {36}
    report = report_gates(weighed)
    assert len(report.roles()) == 2 * seller.network.adapter.config.n_experts
    assert not any(one in report.table() for one in boutique.sequences().clients)


class _Once:
    """Writes one text, then nothing."""

    def __init__(self, written):
        self.seller, self._texts = None, iter([[written], [None]])

    def write(self, tasks):
        return next(self._texts)


def test_the_last_text_that_was_written_is_kept_with_its_weights():
    gate = torch.zeros(1, 9, 2)
    gate[:, [0, 2, 4]] = 0.5
    present = torch.tensor([[True] * 5 + [False] * 4])
    soft = SoftPrompt(
        torch.zeros(1, 9, 4), torch.zeros(0, 4), present, {"behaviour": gate, "semantics": gate}, torch.ones(1, 20)
    )
    drafter = RecordingDrafter(_Once(Written("A text.", "style", soft)))
    assert drafter.weights(3) == (None, None)
    assert [*drafter.draft([]), *drafter.draft([])] == ["A text.", None]
    experts, attention = drafter.weights(3)
    assert [(one.token, one.purchase) for one in experts if one.path == "behaviour"] == [
        ("client's behaviour", None),
        ("item's behaviour", None),
        ("purchase 1", 3),
    ]
    assert attention == [1.0, 1.0, 1.0]
    assert len(drafter.weights(40)[1]) == 20


@pytest.mark.llm
def test_a_seller_writes_and_the_page_shows_its_experts(demo, tmp_path):
    seller, boutique, _ = seller_of(demo, *load_language_model(Settings().cache))
    own = tmp_path / "boutique"
    shutil.copytree(demo, own)
    saved = save_seller(seller, own / "weights" / "seller")
    out = tmp_path / "a.html"
    document = json.loads(run(own, "--client", "c003", "--out", str(out), "--json").stdout)
    assert document["identity"]["adapter_sha256"] == saved.sha256
    assert document["identity"]["language_model"] == VERSION
    assert {one["path"] for one in document["experts"]} == {"behaviour", "semantics"}
    assert len(document["roles"]) == 8
    attention = [one["attention"] for one in document["history"] if one["attention"] is not None]
    assert sum(attention) == pytest.approx(1.0, abs=1e-3)
    assert document["source"] == "seller" or document["drafts"]
    page = out.read_text(encoding="utf-8")
    assert "Whom each expert serves" in page
    plain = json.loads(
        run(
            own, "--client", "c003", "--out", str(tmp_path / "b.html"), "--json", "--no-roles", "--writer", "template"
        ).stdout
    )
    assert (plain["experts"], plain["roles"]) == (None, [])
    report = json.loads(run(own, "--clients", "20", "--json", command=gates).stdout)
    assert report["n_clients"] == 20
