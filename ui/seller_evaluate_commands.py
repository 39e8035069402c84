"""The evaluation of explanations, as a command: SELLER beside other writers on both axes, in one resumable run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.settings import Settings
from recsys.errors import InputError, NotReady

if TYPE_CHECKING:
    from recsys.data.boutique import Boutique
    from recsys.evaluation.explanation_cases import Cases, Key
    from recsys.evaluation.explanation_controls import Ground
    from recsys.evaluation.explanation_report import ExplanationReport
    from recsys.evaluation.explanation_run import ExplanationRun
    from recsys.evaluation.explanation_scores import Material
    from recsys.evaluation.simulation_report import Comparison, Sensitivity
    from recsys.recommender import Recommender
    from recsys.seller.references import Reference

    Texts = Mapping[Key, str]

CHAT, SHUFFLED_TEXTS = "chat model", "shuffled SELLER texts"
STATE_EVERY = 20  # steps between two states of a training that was killed
N_VALIDATION = 64  # examples that each training is validated on; every system takes the same


@click.command()
@click.option(
    "--references", required=True, type=click.Path(path_type=Path, exists=True), help="Written explanations, JSONL."
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Texts, states, report.")
@click.option("--phrasebook", default=700, show_default=True, type=click.IntRange(1), help="Tested reasons to learn.")
@click.option(
    "--reference-examples", default=0, show_default=True, type=click.IntRange(0), help="References to learn from."
)
@click.option("--valid-clients", default=50, show_default=True, type=click.IntRange(2), help="To fit the measures on.")
@click.option("--candidates", default=3, show_default=True, type=click.IntRange(2, 20), help="Before each client.")
@click.option("--systems", "only", multiple=True, help="A system of the run, by name; repeat it [all].")
@click.option("--chat", "n_chat", default=0, show_default=True, type=click.IntRange(0), help="Cases of a chat model.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def evaluate(
    settings: Settings,
    references: Path,
    out: Path,
    phrasebook: int,
    reference_examples: int,
    valid_clients: int,
    candidates: int,
    only: Sequence[str],
    n_chat: int,
    seed: int,
    as_json: bool,
) -> None:
    """Train SELLER and what it is compared with, let each write, and measure the texts; goes on where it was."""
    started, used = time.perf_counter(), time.process_time()
    plan = _Plan(settings, out, phrasebook, reference_examples, seed)
    chosen = _chosen(only)
    bench = _open(plan, references, valid_clients, candidates)
    texts = _texts(bench, chosen)
    report, robust, chat = _measure(bench, texts, n_chat)
    document, page = report.as_dict() | {"tempers": robust.as_dict()}, report.markdown()
    page += f"\n\n# The simulated client, more or less trusting and seeing\n\n{robust.table()}"
    if chat is not None:
        document["chat"] = chat.as_dict()
        page += f"\n\n# The first {n_chat} clients, with a chat model\n\n{chat.tables()}"
    cases, seconds = bench.cases, time.perf_counter() - started
    counts = {"references": len(cases.references), "valid": len(cases.valid), "test": len(cases.test)}
    document |= {"n": counts | {"candidates": candidates}, "seconds": round(seconds, 1)}
    page += (
        f"\n\nseed {seed}; {counts['references']} test references, {counts['test']} test and {counts['valid']} "
        f"validation clients with {candidates} candidates each; {seconds:.0f} s, {time.process_time() - used:.0f} "
        "CPU-seconds"
    )
    (out / "report.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "report.md").write_text(page + "\n", encoding="utf-8")
    click.echo(json.dumps(document, indent=2, ensure_ascii=False) if as_json else page)


@dataclass(frozen=True)
class _Plan:
    """What the run is made with."""

    settings: Settings
    out: Path
    n_phrasebook: int
    n_references: int
    seed: int


@dataclass(frozen=True)
class _Bench:
    """The opened boutique and what is written about."""

    plan: _Plan
    boutique: Boutique
    recommender: Recommender
    references: Sequence[Reference]
    cases: Cases
    ground: Ground


def _names() -> list[str]:
    from recsys.evaluation import explanation_controls as controls
    from recsys.evaluation.explanation_report import SHOWN
    from recsys.evaluation.explanation_run import PROMPT_ONLY
    from recsys.evaluation.explanation_systems import SYSTEMS

    trained = [SYSTEMS[0].name, SHOWN, SYSTEMS[1].name, PROMPT_ONLY, *(one.name for one in SYSTEMS[2:])]
    plain = [controls.TEMPLATE, controls.GENERIC, controls.PASTED, controls.NOTHING]
    return [*trained, *plain, SHUFFLED_TEXTS, controls.FALSE]


def _chosen(only: Sequence[str]) -> list[str]:
    """Return the systems of the run in the order of the tables."""
    known = _names()
    unknown = [name for name in only if name not in known]
    if unknown:
        raise click.UsageError(f"no system is called {unknown[0]!r}: choose among {', '.join(known)}")
    return [name for name in known if not only or name in only]


def _open(plan: _Plan, path: Path, n_valid: int, n_candidates: int) -> _Bench:
    from recsys.artifacts import load_catalogue, served_ranker
    from recsys.data.boutique import Boutique
    from recsys.evaluation.explanation_cases import draw_cases
    from recsys.evaluation.explanation_controls import Ground
    from recsys.recommender import Recommender
    from recsys.seller.references import read_references

    references = read_references(path)
    boutique = Boutique.open(plan.settings.boutique)
    catalogue, guided = load_catalogue(boutique)
    if guided is None:
        raise NotReady(f"the items of {str(boutique.path)!r} have no guided scores: run 'clienteller annotate' first")
    recommender = Recommender(catalogue, served_ranker(boutique), guided)
    cases = draw_cases(boutique, recommender, references, plan.seed, n_valid=n_valid, n_candidates=n_candidates)
    if len(cases.valid) < 2 or len(cases.test) < 2:
        raise NotReady(f"{path} has too few clients of this boutique in its splits 'valid' and 'test': 2 at least")
    _claim(plan, boutique, recommender, path)
    return _Bench(plan, boutique, recommender, references, cases, Ground(recommender, cases))


def _claim(plan: _Plan, boutique: Boutique, recommender: Recommender, references: Path) -> None:
    """Make the folder, or raise InputError if it holds texts that were written for something else."""
    from recsys.artifacts import weights_folder
    from recsys.models.weights import read_config

    made = {
        "seed": plan.seed,
        "phrasebook": plan.n_phrasebook,
        "reference_examples": plan.n_references,
        "references": hashlib.sha256(references.read_bytes()).hexdigest(),
        "catalogue": boutique.fingerprint(),
        "ranker": read_config(weights_folder(boutique) / recommender.ranker.name)["weights_sha256"],
    }
    plan.out.mkdir(parents=True, exist_ok=True)
    kept = plan.out / "run.json"
    found = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else made
    other = [name for name, value in made.items() if found.get(name) != value]
    if other:
        raise InputError(f"{plan.out} holds a run with other {', '.join(other)}: choose another folder with --out")
    kept.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def _texts(bench: _Bench, chosen: Sequence[str]) -> dict[str, Texts]:
    """Return every system's texts, trained and written first where they are missing."""
    from recsys.evaluation import explanation_controls as controls
    from recsys.evaluation.explanation_report import SELLER, SHOWN
    from recsys.evaluation.explanation_run import PROMPT_ONLY
    from recsys.evaluation.explanation_systems import SYSTEMS

    keys, catalogue, guided = bench.ground.keys, bench.recommender.catalogue, bench.recommender.guided
    assert guided is not None
    trained = {one.name: one for one in SYSTEMS} | {PROMPT_ONLY: None}
    opened = _Opened(bench)
    plain: dict[str, Callable[[], Texts | None]] = {
        SHOWN: lambda: _shown(bench),
        controls.TEMPLATE: lambda: controls.by_template(bench.ground, keys),
        controls.GENERIC: lambda: dict.fromkeys(keys, controls.GENERIC_SENTENCE),
        controls.PASTED: lambda: controls.pasted(catalogue, keys),
        controls.NOTHING: lambda: dict.fromkeys(keys, ""),
        SHUFFLED_TEXTS: lambda: (
            controls.shuffled(found[SELLER], bench.cases, catalogue.ids.to_external) if SELLER in found else None
        ),
        controls.FALSE: lambda: controls.false_reasons(bench.ground, guided, keys),
    }
    found: dict[str, Texts] = {}
    for name in chosen:
        texts = opened.texts(name) if name in trained else plain[name]()
        if texts is None:
            _say(f"{name}: left out, it needs a SELLER")
        else:
            found[name] = texts
    return found


class _Opened:
    """The run that trains and writes, opened only where a text is missing: that takes a minute and the model."""

    def __init__(self, bench: _Bench) -> None:
        self._bench = bench
        self._run: ExplanationRun | None = None

    def texts(self, name: str) -> Texts:
        from recsys.evaluation.explanation_cases import read_texts, texts_path
        from recsys.evaluation.explanation_systems import SYSTEMS

        keys = self._bench.ground.keys
        written = read_texts(texts_path(self._bench.plan.out, name))
        if all(key in written for key in keys):
            return {key: written[key] for key in keys}
        if self._run is None:
            self._run = _open_run(self._bench)
        return self._run.texts(next((one for one in SYSTEMS if one.name == name), None))


def _open_run(bench: _Bench) -> ExplanationRun:
    from recsys.data.sequences import leave_one_out
    from recsys.evaluation.explanation_run import ExplanationRun
    from recsys.language_model import load_language_model
    from recsys.models.sequence_ranker import SequenceRanker
    from recsys.seller.fitting import TrainingConfig
    from recsys.seller.metadata import measure_relevance
    from recsys.seller.model import build_paths
    from recsys.seller.training import Lessons, gather_lessons
    from recsys.text_encoder import TextEncoder

    plan, recommender = bench.plan, bench.recommender
    if not isinstance(recommender.ranker, SequenceRanker):
        raise NotReady(f"SELLER reads a sequence network, {recommender.ranker.name!r} is none: train sasrec or refined")
    relevance = measure_relevance(
        recommender.catalogue, leave_one_out(bench.boutique.sequences()).train, seed=plan.seed
    )
    learned = [one for one in bench.references if one.split == "train"][: plan.n_references]
    kept = [one for one in bench.references if one.split != "train"]
    _say("gathering examples and testing their reasons")
    lessons = gather_lessons(bench.boutique, recommender, [*learned, *kept], relevance, plan.n_phrasebook, plan.seed)
    _say(f"{len(lessons.train)} examples to learn from, {len(lessons.validation)} to validate on")
    paths = build_paths(recommender.catalogue, recommender.ranker, recommender.guided, relevance, TextEncoder.load())
    return ExplanationRun(
        plan.out,
        recommender,
        paths,
        relevance,
        *load_language_model(plan.settings.cache),
        Lessons(lessons.train, lessons.validation[:N_VALIDATION]),
        bench.cases,
        TrainingConfig(n_epochs=1, save_every=STATE_EVERY, seed=plan.seed),
        _say,
    )


def _shown(bench: _Bench) -> Texts | None:
    """Return what SELLER would show, None where none was trained for this boutique."""
    from agent.drafters import open_seller
    from recsys.evaluation.explanation_cases import texts_path
    from recsys.evaluation.explanation_controls import as_shown
    from recsys.evaluation.explanation_report import SHOWN
    from recsys.seller.explainer import Explainer
    from recsys.seller.local_drafter import LocalDrafter

    seller = open_seller(bench.plan.settings, bench.boutique, bench.recommender.guided)
    if seller is None:
        return None
    explainer = Explainer(bench.recommender, LocalDrafter(seller, bench.recommender))
    return as_shown(explainer, bench.ground, bench.ground.keys, texts_path(bench.plan.out, SHOWN), _say)


def _measure(
    bench: _Bench, texts: Mapping[str, Texts], n_chat: int
) -> tuple[ExplanationReport, Sensitivity, ExplanationReport | None]:
    from recsys.evaluation import explanation_controls as controls
    from recsys.evaluation.explanation_report import SHOWN, ExplanationReport
    from recsys.evaluation.explanation_scores import Material, item_rows, score_system
    from recsys.evaluation.simulated_client import Listener
    from recsys.evaluation.simulation_report import sensitivity
    from recsys.evaluation.utility_choice import World
    from recsys.text_encoder import TextEncoder

    encoder, plan = TextEncoder.load(), bench.plan
    _say("encoding the texts of all items, once")
    world = World(bench.recommender, encoder, item_rows(bench.recommender.catalogue, encoder, plan.out / "items.npz"))
    material = Material(bench.cases, bench.ground, Listener(world), plan.seed)
    scores = {}
    for name, written in texts.items():
        _say(f"{name}: measuring")
        scores[name] = score_system(written, material)
    report = ExplanationReport(
        scores,
        plan.seed,
        styles={controls.TEMPLATE: _styles(material)},
        honest=(SHOWN, controls.TEMPLATE),
        false=controls.FALSE,
    )
    test, keys = bench.cases.test, material.keys(bench.cases.test)
    compared = {name: texts[name] for name in (SHOWN, controls.TEMPLATE, controls.FALSE) if name in texts}
    by_choice = {name: [[found[key] for key in some] for some in keys] for name, found in compared.items()}
    robust = sensitivity(test, by_choice, material.listener, plan.seed)
    return report, robust, _with_chat(bench, material, texts, n_chat) if n_chat else None


def _styles(material: Material) -> Comparison:
    """Show the simulated client the template's reasons in each style; a style's name says for how many it has one."""
    from recsys.evaluation.explanation_controls import by_template
    from recsys.evaluation.simulation_report import compare_texts
    from recsys.seller.phrasebook import STYLES

    keys = material.keys(material.cases.test)
    texts = {}
    for style in STYLES:
        written = by_template(material.ground, material.candidate_keys, style)
        share = sum(map(bool, written.values())) / len(written)
        texts[f"{style}, for {share:.0%} of the items"] = [[written[key] for key in some] for some in keys]
    return compare_texts(material.cases.test, texts, material.listener, material.seed)


def _with_chat(bench: _Bench, material: Material, texts: Mapping[str, Texts], n: int) -> ExplanationReport:
    """Compare a chat model in API form with all systems, on the first clients' true candidates and references."""
    from agent.chat_models.backends import open_chat_model
    from agent.chat_models.writer import ChatWriter
    from agent.intent.vocabulary import vocabulary_of
    from recsys.evaluation.explanation_cases import texts_path
    from recsys.evaluation.explanation_controls import as_shown
    from recsys.evaluation.explanation_report import ExplanationReport
    from recsys.evaluation.explanation_scores import score_parts
    from recsys.seller.drafters import ChatDrafter
    from recsys.seller.explainer import Explainer

    backend = open_chat_model(bench.plan.settings, vocabulary_of(bench.recommender.catalogue, material.world.encoder))
    if backend.kind == "planner":
        raise NotReady(f"no chat model can be asked: {backend.notice}")
    chosen = bench.cases.test[:n]
    candidates = [keys[choice.true] for choice, keys in zip(chosen, material.keys(chosen), strict=True)]
    clients = {choice.client_id for choice in chosen}
    references = [key for key in material.reference_keys if key[0] in clients]
    explainer = Explainer(bench.recommender, ChatDrafter(ChatWriter(backend)))
    keys = [*candidates, *references]
    written = as_shown(explainer, bench.ground, keys, texts_path(bench.plan.out, CHAT), _say)
    everyone = {**texts, f"{CHAT} ({backend.label})": written}
    return ExplanationReport(
        {name: score_parts(some, material, references, candidates) for name, some in everyone.items()},
        bench.plan.seed,
    )


def _say(line: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)
