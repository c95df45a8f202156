"""What a line of a console log says, whatever its numbers are: lines of one shape are taken apart once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec
import numpy as np

from curvewise.model.column_names import (
    EPOCH_COLUMNS,
    PLANNED_STEPS,
    STEP_COLUMNS,
    find_column,
    find_place,
    holds_metrics,
)
from curvewise.model.series import FloatArray
from curvewise.model.task_names import task_rank
from curvewise.parsing.boosters import boosted
from curvewise.parsing.printed import NUMBER, NUMBERS
from curvewise.splits import EVALUATION, SPLITS, is_of_evaluation
from curvewise.text import snake_case

_NUMBER = rf"(?:{NUMBER}|[-+]?(?:nan|inf(?:inity)?))(?![\w.]*\w)"
_BEGINS = r"(?<![\w/.-])(?<![\w/.-]@)"
"""Where a name may begin; from each place on within a long word it would take the square of it."""
_WORD = r"[A-Za-z_][\w./@-]*+(?: ?\([^()]{1,40}\))?"
_MEASURED = (
    "loss|perplexity|ppl|accuracy|acc|reward|lr|rate|norm|nll|score|f1|wer|cer|bleu|rouge|prec|kl|entropy"
)
"""Last words of a name that may stand before its number with nothing but a space between."""
_PLACE = "step|iter|iteration|batch|epoch|episode"
NAMED = rf"(?:\w*_)?(?:{_MEASURED})(?:[-@]?\w{{1,2}})?|{_PLACE}|num_updates"
"""Names such as ``valid_loss``, ``BLEU-4`` and ``Acc@1``, too."""

_OBJECT = re.compile(r"\{[^{}]*\}|^\s*(?=(['\"])[\w/.-]{1,200}\1\s*:)[^{}]*\}")
"""A dictionary; one that was copied without its beginning begins with a name."""
_QUOTED = re.compile(
    rf"""(['"])(?P<key>[^'"]{{1,200}})\1\s*:\s*['"]?(?P<value>{_NUMBER})(?:/\d+)?['"]?(?=\s*[,}}])""",
    re.IGNORECASE,
)
_NAME = "|".join(
    (
        rf"(?P<key>{_WORD}(?: {_WORD}){{0,3}}+)\s*[:=]\s*+\[?",  # train loss: 1.2, lr=[1e-4
        rf"(?P<measured>(?:{_WORD} ){{0,3}}(?:{NAMED})) ++(?P<verb>is ++)?[\[#]?",  # train loss 1.2, step 10
        rf"(?P<place>{_PLACE})(?:\((?:train|val|test)\))?\s*\[",  # epoch[3, Epoch(train) [3
    )
)
_PAIR = re.compile(
    rf"{_BEGINS}(?:{_NAME})\s*(?P<value>{_NUMBER})(?P<percent> ?%)?(?:\s*/\s*(?P<total>\d+))?"
    rf"(?: *\( *(?P<mean>{_NUMBER})\)"  # loss 1.2 (1.4)
    r"|(?:\] *[\[(]| *\() *(?P<batch>\d+)(?= */ *\d)"  # epoch [3][ 1/5], Epoch:[3/9](1/5), epoch 3 (1/5)
    r"|\]? *[|,-] *(?P<of_batches>\d+)(?= */ *\d+ *(?:batches|steps|iters|\|)))?",  # epoch 1 | 2/28 batches
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"[:=]\s*+\[?\s*(?:[-+.]?\d|nan|inf)", re.IGNORECASE)
_SPACED = re.compile(rf"(?<!\w)(?:{NAMED})\s*+(?:is\s++)?[\[#]?\s*(?:[-+.]?\d|nan|inf)", re.IGNORECASE)
_STANDS = re.compile(rf"\b(?:{_PLACE}) ?[:=#\[]? ?\d", re.IGNORECASE)
"""Where a line stands: one that does may be a sentence, ``Epoch 2: loss is 1.5``."""
_BAR = re.compile(r"(?P<before>[^|]{0,80}?)\d{1,3}%\|[^|]*\| *(?P<done>\d{1,15})/(?P<total>\d{1,15}) \[")
_EVALUATING = re.compile(r"\b(?:evaluat\w*|validat\w*|eval)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"(?i)(?:[\W\d_]*(?:\b(?:[\w.\\]+ - )?(?:INFO|DEBUG|WARNING)\b|__main__"
    r"|\b[IWE]\d+ |\b[\w.-]+\.py:[\d\x01]+\]?"
    r"|\b(?:epoch|step|iter(?:ation)?)\b[\W\d]*|\[(?!\W{0,3}(?:test|val|eval|dev))[^\[\]]{1,60}\]:?))*"
)
"""What stands before a message: the time, the logger, its level and place in the code, the epoch."""
_TESTED = re.compile(
    r"(?i)[\W\d_]*(?:test|validation|validat(?:e|ing)|valid|val|evaluation|evaluat(?:e|ing)|eval|dev)\b(?![\w/.-])"
    r"(?:\s*[-|>]\s+(?=[a-z])|[^:=]{0,30}:\s*|\W*$|\) | (?:loss|results) at [^|]{1,60}\|\s*)"
    r"|\W*\*\s+(?=(?:acc|prec)\w*@)"
)
"""What stands before the metrics of an evaluation: ``Test set: Average loss: 1.2``, `` * Acc@1 76.1``."""
_AT_PLACE = re.compile(r"(?i)\b(?:step|epoch|iter(?:ation)?)\b")
_SECTION = re.compile(
    rf"(?i)(?<![\w/.-])(?:\[\s*)?(?P<set>{'|'.join(SPLITS)})(?: set)?"
    r"(?:\s*\](?:\s*[:|-])?|\s*[:|]|\s+-)\s+(?=[a-z])(?!n/?an?\b|none\b)"
)
"""Where the metrics of a set begin within a line: ``[valid] loss=1.2``, ``| Val: loss 1.2``."""
_NOTED = re.compile(
    rf"{_BEGINS}(?P<key>{_WORD}(?: {_WORD}){{0,2}}) (?:at|after|in|for) (?P<place>{_PLACE})s? #?"
    rf"(?P<at>{NUMBER})\s*[:=]\s*(?P<value>{_NUMBER})",
    re.IGNORECASE,
)
"""A metric before its place: ``Average loss at step 100: 1.2``, ``Cost after iteration 5 = 1.2``."""
_BOTH_SETS = re.compile(
    rf"\b(?P<name>train(?:ing)?)\W{{1,3}}(?P<value>{NUMBER})[^\w.]+"
    rf"(?:{EVALUATION})\W{{1,3}}(?P<other>{NUMBER})",
    re.IGNORECASE,
)
"""What a loop prints of both sets without saying what: ``train 1.2 val 1.3``."""
TRAIN, VALID = "train", "val"
"""What such numbers are called."""
LONGEST_WORD, LONGEST_HEAD = 40, 200
"""Characters before a number in which its name is looked for at first."""
TOTALS = (*PLANNED_STEPS, "iters", "total_iterations", "max_iters")
TOTAL_EPOCHS = ("num_epochs", "num_train_epochs", "total_epochs", "max_epochs")
"""What trainers call the steps and the epochs that they will take."""
_NO_METRICS = frozenset((*TOTALS, *TOTAL_EPOCHS, "v_num"))
"""With what Lightning writes beside its metrics: the number of the folder."""
ROLLOUT, OF_ROLLOUT = "rollout", "of rollout"
"""Where slime stands: the rollout whose training begins, and the one of which a line tells."""
_ROLLOUT = re.compile(r"\b(?P<what>rollout|perf|eval) (?P<number>\d{1,15}): *$")
"""What slime prints before a dictionary of metrics."""
SHORT = {"s": "step", "trl": "train_loss", "tel": "val_loss", "it": "iter", "ep": "epoch"}
SUMMARY = {"train_runtime", "train_samples_per_second"}
"""Names beside the mean loss of the whole training, which Hugging Face prints at its end."""
_FILLERS = frozenset(("with", "at", "the", "and", "has", "average", "avg", "mean", "current", "value"))

_SENTENCE = re.compile(r".*\w{5}\. ")
"""A sentence before a name; ``val. loss`` is a name."""

Row = dict[str, float]
_Numbers = dict[str, tuple[int, float]]

_SCALAR = re.compile(r"\b(?:(?:np|numpy)\.(?:float|int)\d+|tensor)\(([-+.\w]++)[^()\n]*\)")
"""A number as NumPy and PyTorch print theirs."""
_KERAS = re.compile(r"\s*\d+/(?P<batches>\d+) +(?:\[[=>.]+\] - |━+ |- \d)")
"""Batches of an epoch, before its metrics: ``10/10 [====] - 2s 9ms/step -``."""
_UNNAMED = re.compile(
    r"\s*(?P<epoch>\d+)\|(?P<step>\d+)\|(?=Loss: )"
    r"|[^\[]*\[(?P<epoch_2>\d+), *(?P<step_2>\d+)\] +(?=[a-z])"
    r"|.*?\.py:\d+\] \[(?P<step_3>\d+)\] "
    r"|\s*\((?P<step_4>\d+)\) +(?=[a-z])",
    re.IGNORECASE,
)
"""Where no name tells the place: ``1|20|Loss: 1.2``, ``[1, 2000] loss: 1.2``, ``(2) loss: 1.2``."""
_WORKER = re.compile(r"\((?=[^()\n]*pid=[\d\x01])[^()\n]*\) ?|\[rank ?[\d\x01]+\]:? ?", re.IGNORECASE)


class Fields(msgspec.Struct, frozen=True):
    """Names, and which number of the line each has, and what that is divided by; or the value itself."""

    keys: tuple[str, ...]
    sources: tuple[tuple[int, float], ...]

    def row(self, numbers: Sequence[float]) -> Row:
        """Return the values by name."""
        pairs = zip(self.keys, self.sources, strict=True)
        return {key: numbers[at] / by if at >= 0 else by for key, (at, by) in pairs}

    def columns(self, numbers: FloatArray) -> dict[str, FloatArray]:
        """Return the values by name, of lines whose numbers have the shape (lines, numbers of a line)."""
        pairs = zip(self.keys, self.sources, strict=True)
        return {key: numbers[:, at] / by if at >= 0 else np.full(len(numbers), by) for key, (at, by) in pairs}


class Bar(msgspec.Struct, frozen=True):
    """A progress bar: steps done and in all, and whether it is that of an epoch."""

    span: Fields
    is_epoch: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What lines of one shape say.

    Parameters
    ----------
    objects
        Dictionaries of metrics, each with the bars before it.
    bars
        The bars behind them.
    fields, totals
        Names and numbers of the rest, and the totals that stand behind some: ``step 10/500``.
    place
        The names of `fields` that tell where training stands.
    epoch
        The name of the epoch among them.
    plans
        Whether it tells how long training will be.
    metrics, evaluated
        The other names, if one of them is a metric that is known, and what they are in an evaluation.
    evaluates, tests
        Whether it speaks of an evaluation, and whether its own metrics are those of one.
    batches
        Of how many batches Keras tells: `evaluate` counts others than the epochs before.
    is_alone
        Whether numbers stand where other lines of this shape need not have them.
    digits
        The digits within its names, and which ones of those that are no numbers they are: lines of this shape
        that have them too say the same.
    """

    objects: tuple[tuple[tuple[Bar, ...], Fields], ...]
    bars: tuple[Bar, ...]
    fields: Fields
    totals: Fields
    place: tuple[str, ...]
    epoch: str | None
    plans: bool
    metrics: tuple[str, ...]
    evaluated: tuple[str, ...]
    evaluates: bool
    tests: bool
    batches: Fields
    is_alone: bool
    digits: tuple[tuple[int, bytes], ...]

    @property
    def says_nothing(self) -> bool:
        """Whether it need not be looked at again."""
        return not (self.objects or self.bars or self.place or self.metrics or self.plans or self.tests)

    @property
    def is_drawn_again(self) -> bool:
        """Whether of such lines after each other, which tell no place, the last one counts."""
        return bool(self.metrics) and not (self.place or self.plans or self.bars)

    def used(self) -> list[int]:
        """Return which numbers are used."""
        bars = (*self.bars, *(bar for bars, _ in self.objects for bar in bars))
        objects = (fields for _, fields in self.objects)
        held = (self.fields, self.totals, self.batches, *objects, *(bar.span for bar in bars))
        return sorted({at for fields in held for at, _ in fields.sources if at >= 0})


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _bare(match: re.Match[str]) -> str:
    """Return a number alone, where it stood."""
    return match[1].rjust(match.end(1) - match.start()).ljust(len(match[0]))


class _Sources:
    """Finds which number of a line a match holds."""

    def __init__(self, line: str, *, is_settled: bool) -> None:
        self._is_settled = is_settled
        found = list(NUMBERS.finditer(line))
        self._numbers = {match.start(): (at, match[0]) for at, match in enumerate(found)}
        self._line = line
        self._names: list[tuple[int, int]] = []
        self.is_alone = False

    def of(self, match: re.Match[str], group: str, by: float = 1.0, offset: int = 0) -> tuple[int, float]:
        """Return the place of the number, else its value."""
        text, start = match[group], match.start(group) + offset
        at, number = self._numbers.get(start, (-1, ""))
        is_fixed = number != text
        self._names.append((match.start() + offset, start + len(text) * is_fixed))
        self.is_alone |= is_fixed and at >= 0
        return (-1, float(text) / by) if is_fixed or self._is_settled else (at, by)

    def digits(self) -> tuple[tuple[int, bytes], ...]:
        """Return the digits within names, and their places among all that are no numbers."""
        is_named = bytearray(len(self._line))
        for first, end in self._names:
            is_named[first:end] = b"\1" * (end - first)
        others = re.finditer("[0-9]+", NUMBERS.sub(_blank, self._line)) if self._names else ()
        return tuple(
            (place, match[0].encode()) for place, match in enumerate(others) if is_named[match.start()]
        )


def read_line(line: str, *, is_settled: bool = False) -> Line:
    """Take a line apart: its bars, its dictionaries, or its pairs of a name and a number.

    A settled one holds its numbers, so that no other says the same.
    """
    sources = _Sources(line, is_settled=is_settled)
    line = _SCALAR.sub(_bare, _WORKER.sub(_blank, line))
    objects, end = [], 0
    for match in _OBJECT.finditer(line):
        values = {
            _key(each["key"].removesuffix("/max_steps")): sources.of(each, "value", offset=match.start())
            for each in _QUOTED.finditer(match[0])
        }
        rollout = _ROLLOUT.search(line, max(end, match.start() - LONGEST_WORD), match.start())
        says = holds_metrics(values) or any(map(_is_of_task, values)) or rollout is not None
        if SUMMARY & values.keys():
            end = match.end()  # with all before it: ``TrainOutput(global_step=9, ... metrics={...})``
        elif values and says:
            if rollout is not None:
                key = ROLLOUT if rollout["what"] == ROLLOUT else OF_ROLLOUT
                values = {key: sources.of(rollout, "number"), **values}
            elif not any(map(is_place, values)):  # Global step 3: {...}
                before, *_ = _pairs(line[end : match.start()], sources, end)
                stands = {key: before[key] for key in before if is_place(key)}
                values = {**stands, **_after_epoch(stands, values)}
            objects.append((_bars(line, end, match.start(), sources), _fields(values)))
            end = match.end()
    bars = _bars(line, end, len(line), sources)
    values, totals, means = _pairs(line, sources) if end == 0 and _is_plausible(line) else ({}, {}, {})
    boosts = list(boosted(line)) if values else []
    if boosts:
        values, totals = {}, {}
        for key, match, group in boosts:
            values.setdefault(key, sources.of(match, group))
    if values and not any(map(is_step, values)) and (unnamed := _UNNAMED.match(line)) is not None:
        told = [group for group, number in unnamed.groupdict().items() if number]
        values = {**{group.partition("_")[0]: sources.of(unnamed, group) for group in told}, **values}
    tested = "" if boosts else _tests(line, values)
    keras = _KERAS.match(line)
    if tested:
        values |= means
        values.pop("batch", None)  # of the evaluation
    place = tuple(filter(is_place, values))
    metrics = tuple(key for key in values if key not in place and key not in _NO_METRICS)
    of_task = bool(place or tested) and any(map(_is_of_task, metrics))
    metrics = metrics if of_task or VALID in metrics or holds_metrics(metrics) else ()
    split = tested or ("test" if keras else "eval")
    plans = any(snake_case(key) in (*TOTALS, *TOTAL_EPOCHS) for key in values)
    return Line(
        objects=tuple(objects),
        bars=bars,
        fields=_fields(values),
        totals=_fields(totals),
        place=place,
        epoch=find_column(place, EPOCH_COLUMNS),
        plans=bool(totals) or plans,
        metrics=metrics,
        evaluated=tuple(key if is_of_evaluation(key) else f"{split}_{key}" for key in metrics),
        evaluates=bool(place) and _EVALUATING.search(line) is not None,
        tests=bool(tested),
        batches=_fields({"batches": sources.of(keras, "batches")} if keras and metrics else {}),
        is_alone=sources.is_alone,
        digits=sources.digits(),
    )


def _after_epoch(place: _Numbers, values: _Numbers) -> _Numbers:
    """Name metrics of the task that stand behind an epoch, without a loss, as those of an evaluation."""
    if any(map(is_step, place)) or not place or not all(task_rank(f"eval_{key}") for key in values):
        return values
    return {f"eval_{key}": value for key, value in values.items()}


def _fields(values: dict[str, tuple[int, float]]) -> Fields:
    return Fields(tuple(values), tuple(values.values()))


def _bars(line: str, first: int, end: int, sources: _Sources) -> tuple[Bar, ...]:
    if line.find("%|", first, end) < 0:
        return ()
    bars = []
    for match in _BAR.finditer(line, first, end):
        before = re.sub(r"\[\d+/\d+\]", "", match["before"])
        named = re.sub(r"[^A-Za-z]", "", before.rpartition("]")[2])
        if not named or named.lower().startswith(("epoch", "train", "step")):
            span = {name: sources.of(match, name) for name in ("done", "total")}
            bars.append(Bar(_fields(span), named.lower()[:4] not in ("", "step")))
    return tuple(bars)


def _tests(line: str, names: Iterable[str]) -> str:
    """Return whether a line, or the one below, tells of an evaluation, and of which, test or eval."""
    tested = _tested(line)
    keys = {name.lower() for name in names}
    if tested is None or any("train" in key for key in keys):
        return ""
    end = tested.end()
    word = tested[0].lower()
    is_told = (
        line[end : end + 1] in "[" or line[end : end + 1].isalpha() or _AT_PLACE.search(word) is not None
    )
    is_one = is_told or "loss" not in keys if keys else end == len(line)
    return "" if not is_one else "test" if "test" in word or "*" in word else "eval"


def _tested(line: str) -> re.Match[str] | None:
    lead = _LEAD.match(line, 0, LONGEST_HEAD)
    return _TESTED.match(line, lead.end() if lead else 0)


def is_heading(shape: bytes) -> bool:
    """Whether lines of a shape begin as an evaluation does."""
    head = shape[:LONGEST_HEAD].lower().decode("ascii", "replace")
    return _tested(_WORKER.sub(_blank, head)) is not None


def _is_of_task(name: str) -> bool:
    """Whether the last word of a name is that of a metric of the task that can mean nothing else."""
    own = re.split(r"[ /]", name.strip())[-1]
    return (
        own.lower() not in ("error", "map", "em", "ter", "r2", "acc") and task_rank(f"eval_{own}") is not None
    )


def _is_plausible(line: str) -> bool:
    """Whether a number may stand behind a name: times of day do not."""
    for match in _SEPARATED.finditer(line):
        before = line[max(0, match.start() - LONGEST_WORD) : match.start()].split()
        if before and not before[-1].isdecimal():
            return True
    return _SPACED.search(line) is not None


def _pairs(line: str, sources: _Sources, offset: int = 0) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Return the numbers of a line by name, totals behind some, ``step 1/50``, and means, ``1.2 (1.4)``."""
    values: _Numbers = {}
    totals: _Numbers = {}
    means: _Numbers = {}
    for match in _NOTED.finditer(line):
        values[_key(match["place"])] = sources.of(match, "at", offset=offset)
        values[_key(match["key"])] = sources.of(match, "value", offset=offset)
    for match, key in _named(line):
        by = 100.0 if match["percent"] else 1.0
        if match["total"] and "acc" in key.lower() and float(match["total"]):
            by = float(match["total"])  # correct ones of so many
            sources.is_alone |= sources.of(match, "total", offset=offset)[0] >= 0
        elif match["total"]:
            totals[key] = sources.of(match, "total", offset=offset)
        if match["mean"]:
            means.setdefault(key, sources.of(match, "mean", by, offset))
        if group := next((group for group in ("batch", "of_batches") if match[group]), ""):
            values["batch"] = sources.of(match, group, offset=offset)
        values.setdefault(key, sources.of(match, "value", by, offset))
    is_placed = any(map(is_place, values)) or _UNNAMED.match(line) is not None
    if is_placed and not holds_metrics(values) and (both := _BOTH_SETS.search(line)):
        values = {key: number for key, number in values.items() if key.lower() not in SPLITS}
        values[TRAIN] = sources.of(both, "value", offset=offset)
        values[VALID] = sources.of(both, "other", offset=offset)
    return values, totals, means


def _named(line: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield the pairs of a line, and the name of each: with the set of which this part of the line tells."""
    sections = list(_SECTION.finditer(line))
    starts = [section.start() for section in sections]
    of_split, start = "", len(line)
    for match in _PAIR.finditer(line):
        if match["verb"] and not _STANDS.search(line):
            continue
        text = match["key"] or match["measured"] or match["place"]
        key, of_split = _with_split(_key(text), of_split)
        if key.lower() == "eta" or line.startswith("|", match.end()) or _is_code(line, match):
            continue  # ``Training:  5%|``
        if match["total"] and SPLITS.get(text.lower().split()[0], TRAIN) != TRAIN:
            continue  # ``Test: [5/20]`` counts batches
        if not is_place(key):
            start = min(start, match.start())
            last = bisect_left(starts, match.start()) - 1
            of_set = sections[last]["set"] if last >= 0 and starts[last] > start else TRAIN
            split = SPLITS[of_set.lower()]
            if split != TRAIN and not is_of_evaluation(key):
                key = f"{split}_{key}"
        yield match, key


def _is_code(line: str, match: re.Match[str]) -> bool:
    """Whether a name and a number are a place in a program: ``trainer.py:12``, ``(trainer:12)``."""
    if match["key"] is None or not match["value"].isdecimal():
        return False
    is_alone = line.endswith("(", 0, match.start()) and line.startswith(")", match.end())
    return match["key"].endswith(".py") or (is_alone and not holds_metrics([match["key"]]))


def _with_split(key: str, before: str) -> tuple[str, str]:
    """Return a name with its split in front, and what others of the line have whose name is a split alone.

    Examples
    --------
    >>> _with_split("loss train", ""), _with_split("val", "loss")
    (('train loss', 'loss'), ('val loss', 'loss'))
    """
    if before and key.lower() in SPLITS:
        return f"{SPLITS[key.lower()]} {before}", before
    name, _, split = key.rpartition(" ")
    return (f"{SPLITS[split.lower()]} {name}", name) if name and split.lower() in SPLITS else (key, before)


def _key(text: str) -> str:
    """Return the name of a number without fillers; that of a place is its last word."""
    sentence = _SENTENCE.match(text)  # once: from each place on it would take the square of a long word
    text = text[sentence.end() :] if sentence else text
    words = [word for word in re.sub(r" ?\([^()]*\)", "", text).split() if word.lower() not in _FILLERS]
    if len(words) > 1 and "/" in words[1] and words[0].lower() in ("train", "eval"):
        words = words[1:]  # Composer names the split twice
    name = " ".join(words) or text
    last = words[-1].lower() if words else ""
    return SHORT.get(name.lower()) or (last if last in _PLACE.split("|") else name)


@cache
def is_place(key: str) -> bool:
    """Whether a name tells where training stands."""
    return find_place([key]) is not None


@cache
def is_step(key: str) -> bool:
    """Whether a name is that of a count of steps."""
    return find_column([key], STEP_COLUMNS) is not None
