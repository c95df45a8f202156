"""Walk: the files of a folder that may hold metrics, and its checkpoint folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache, lru_cache

import msgspec

from curvewise.limits import DEPTH, FILES

CHECKPOINT = re.compile(r"checkpoint-(\d{1,12})")
_FOLDERS = (
    (
        r"(?:best_)?(?:global_step_?|step[_-]|iter_|checkpoint_|epoch_\d+_step_)(\d{1,12})(?:_hf)?",
        0,
    ),
    (r"epoch\d+epochstep\d+globalstep(\d{1,12})|checkpoints/(\d{4,12})", 0),
    (r".*-step=(\d{1,12})(?:-.*)?", -1),
    (r"epoch_(\d{1,6})", None),
)
"""Folders that are a checkpoint if there are weights below: of verl, SkyRL, OpenRLHF, prime-rl, NeMo and
Megatron, of AReaL and ART, of NeMo by Lightning, and of torchtune, which counts from 0; and what leads to
a logged step."""
_FILES = (
    (r"(?:[^/]*-)?epoch=\d+-step=(\d{1,12})(?:-[^/]*)?\.ckpt", -1),
    (r"(\d{7,12})_adapters\.(?:safetensors|npz)", 0),
    (r"(?:weights|model|cp|ckpt)[._-](\d{1,6})(?:-[^/]*)?\.(?:keras|h5|hdf5|weights\.h5)", None),
)
"""Files that are a checkpoint: of Lightning, which counts the steps done, of mlx, and of Keras, which counts
epochs from 1; with what leads from their number to a logged step, None for an epoch."""
_FINAL = re.compile(r"last(?:-v\d+)?\.ckpt|adapters\.(?:safetensors|npz)")
"""Files with the weights of the end: of Lightning and of mlx."""
_FINAL_HERE = re.compile(
    r"(?:adapter_)?model(?:-\d+-of-\d+)?\.safetensors|adapter_model\.bin|pytorch_model(?:-\d+-of-\d+)?\.bin"
)
"""Files with them in the output folder itself: of a Hugging Face Trainer and what builds on it."""
EPOCH = "epoch"
"""First word of the identifier of a checkpoint whose step counts epochs from 1."""
EPOCH_FOLDER = f"{EPOCH} folder"
"""First words of that of a checkpoint that torchtune wrote, whose log has steps and no epochs."""
STATE = "trainer_state.json"
INFO = "training_info.json"
"""What NeMo RL writes into each checkpoint: its step, and what it was chosen by."""
CARD = "README.md"
DATABASES = (".db", ".sqlite", ".sqlite3")
EVENTS = "tfevents"

_PASSED_OVER_ENDINGS = frozenset((
    ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".gguf", ".onnx", ".h5", ".keras", ".npz", ".npy",
    ".pkl", ".pickle", ".msgpack", ".model", ".distcp", ".metadata", ".jinja", ".png", ".jpg", ".jpeg",
    ".gif", ".svg", ".pdf", ".py", ".pyc", ".ipynb", ".sh", ".md", ".rst", ".yaml", ".yml", ".toml",
    ".ini", ".lock", ".html", ".css", ".js", ".gz", ".zst", ".xz", ".bz2", ".zip", ".tar", ".tgz", ".tbz2",
    ".txz", ".7z", ".rar", ".parquet", ".arrow", ".so", ".db", ".sqlite",
))  # fmt: skip
_PASSED_OVER_NAMES = frozenset((
    "config.json", "generation_config.json", "adapter_config.json", "preprocessor_config.json",
    "processor_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
    "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "model.safetensors.index.json",
    "pytorch_model.bin.index.json", "all_results.json", "train_results.json", "eval_results.json",
    "predict_results.json", "requirements.txt", "latest",
    "curvewise.json", "latest_checkpointed_iteration.txt",
))  # fmt: skip
_COMPRESSED = frozenset((".gz", ".zst", ".xz", ".bz2", ".zip"))
ARCHIVES = (
    ".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz2", ".txz", ".zip", ".7z", ".rar",
)  # fmt: skip
"""Endings of archives, whether or not they can be opened."""
_METRICS_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".log", ".txt")
_SIDE_FILES = ("-shm", "-wal", "-journal")
"""What SQLite writes beside a database."""
_PASSED_OVER_FOLDERS = frozenset(("__pycache__", "node_modules"))
_WEIGHTS = re.compile(r".*\.(safetensors|bin|pt|pth|ckpt|gguf|distcp)|global_step\d+|.*_fsdp_\d+")
_NO_WEIGHTS = frozenset(("optimizer.pt", "optimizer.bin", "scheduler.pt", "training_args.bin", "scaler.pt"))


class CheckpointFolder(msgspec.Struct, frozen=True):
    """A folder ``checkpoint-<step>``, or a folder or file of another trainer that is a checkpoint."""

    path: str
    step: int
    has_weights: bool  # a file or folder in it looks like model weights
    is_epoch: bool = False  # the step is a number of epochs, counted from 1


class Listing(msgspec.Struct):
    """The content of a folder."""

    held: dict[str, bool] = {}  # the names in the folder itself, and whether each is that of a folder
    files: list[str] = []  # that may hold metrics, sorted
    checkpoints: list[CheckpointFolder] = []
    events: list[str] = []  # event files of TensorBoard
    databases: list[str] = []
    final: str | None = None  # the weights that a trainer wrote at its end, or the folder that holds them
    card: str | None = None  # the model card of the folder itself, which is read when nothing else is
    passed_over: int = 0  # hidden files, models, pictures, code and the like
    unreadable: list[str] = []  # folders
    folders: list[str] = []  # that lie deeper than was searched
    is_cut: bool = False  # the search ended at the limit of files
    most: int = msgspec.field(default_factory=lambda: FILES.value)  # files; 0 to end at the first

    def pass_over(self, entry: os.DirEntry[str]) -> None:
        """Count what holds no metrics, or only by a way of its own, as databases do."""
        self.passed_over += 1
        if entry.name.endswith(DATABASES) and entry.is_file():
            self.databases.append(entry.path)
            self.is_cut |= not self.most

    def add(self, file: str) -> None:
        """Add a file, up to the limit."""
        if len(self.files) < self.most:
            self.files.append(file)
        else:
            self.is_cut = True


def walk(folder: str, depth: int | None = None) -> Listing:
    """List a folder recursively; links that form a circle are entered once."""
    listing = Listing()
    _enter(folder, listing, set(), DEPTH.value if depth is None else depth)
    return listing


def is_read(name: str) -> bool:
    """Whether a file of a folder is looked at, by its name: one that may hold metrics, or a database."""
    if name.lower().endswith(DATABASES):
        return True
    return not name.startswith(".") and not _is_passed_over_name(name)


@lru_cache(maxsize=1000)
def names_checkpoint(name: str) -> bool:
    """Whether a folder of this name may be a checkpoint."""
    return any(
        pattern.fullmatch(name) for pattern in (CHECKPOINT, *(each for each, _ in _compiled(_FOLDERS)))
    )


@cache
def _compiled(table: tuple[tuple[str, int | None], ...]) -> tuple[tuple[re.Pattern[str], int | None], ...]:
    """Compile patterns when the first folder is searched: a single file needs none of them."""
    return tuple((re.compile(pattern), ahead) for pattern, ahead in table)


def parts(folder: str) -> list[str]:
    """List the entries of a folder that may hold metrics: files, and folders with such files."""
    folders, files = split(folder)
    return sorted([*filter(holds_files, folders), *files])


def split(folder: str) -> tuple[list[str], list[str]]:
    """List the folders in a folder that are not passed over, and the files that may hold metrics."""
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError:
        return [], []
    left = [
        entry
        for entry in _searched(entries)
        if not (_is_passed_over(entry) or (entry.is_symlink() and _leads_back(entry.path, folder)))
    ]
    files = [entry.path for entry in left if entry.is_file()]
    return [entry.path for entry in left if not entry.is_file()], files


def _leads_back(link: str, folder: str) -> bool:
    """Whether a link names what is found anyway: what is in its folder, as wandb/latest-run, or above."""
    target, own = os.path.realpath(link), os.path.realpath(folder)
    return os.path.commonpath((target, own)) in (target, own)


def archives(folder: str) -> Iterator[str]:
    """Yield the archives below a folder, which are opened by their own paths alone."""
    entries = _listed(folder)
    for entry in entries:
        if entry.name.lower().endswith(ARCHIVES) and not is_read(entry.name) and not leads_to_folder(entry):
            yield entry.path
    for entry in entries:
        is_hidden = entry.name.startswith(".") or entry.name in _PASSED_OVER_FOLDERS
        if entry.is_dir(follow_symlinks=False) and not is_hidden:
            yield from archives(entry.path)


def names_in(folder: str) -> list[str]:
    """List the names that a folder holds; none where it may not be listed."""
    return [entry.name for entry in _listed(folder)]


def holds_files(folder: str) -> bool:
    """Whether a folder holds a file that may hold metrics, or may not be looked into."""
    listing = Listing(most=0)
    _enter(folder, listing, set(), DEPTH.value)
    return listing.is_cut or bool(listing.unreadable)


def _enter(folder: str, listing: Listing, entered: set[tuple[int, int]], depth: int) -> None:
    is_outermost = not entered
    entries = _new(folder, listing, entered, depth)
    if entries is None:
        return
    if is_outermost:
        _look_at(folder, entries, listing)
    listing.final = listing.final or next(
        (entry.path for entry in entries if _FINAL.fullmatch(entry.name) and entry.is_file()), None
    )
    if _is_checkpoint(folder, entries, listing):
        return
    for entry in _searched(entries):
        if listing.is_cut:
            return
        listing.checkpoints.extend(_checkpoint_files(entry))
        if EVENTS in entry.name and entry.is_file():
            listing.events.append(entry.path)
            listing.is_cut |= not listing.most
        elif _is_passed_over(entry):
            listing.pass_over(entry)
        elif entry.is_file():
            listing.add(entry.path)
        elif depth:
            _enter(entry.path, listing, entered, depth - 1)
        else:
            listing.folders.append(entry.path)


def _new(
    folder: str, listing: Listing, entered: set[tuple[int, int]], depth: int
) -> list[os.DirEntry[str]] | None:
    """List a folder, its folders last; None where it cannot be, or was entered, be it through a link."""
    try:
        with os.scandir(folder) as scanned:
            entries = sorted(scanned, key=lambda entry: (leads_to_folder(entry), entry.name))
        if not entered and not (depth and entries and leads_to_folder(entries[-1])):
            return entries  # nothing leads here again
        status = os.stat(folder)  # noqa: PTH116 - of each of many folders
    except OSError:
        listing.unreadable.append(folder)
        return None
    is_known = (status.st_dev, status.st_ino) in entered
    entered.add((status.st_dev, status.st_ino))
    return None if is_known else entries


def _look_at(folder: str, entries: list[os.DirEntry[str]], listing: Listing) -> None:
    """Note what counts in the folder itself alone: its names, its model card, the weights of the end."""
    listing.held = {entry.name: leads_to_folder(entry) for entry in entries}
    listing.card = next((entry.path for entry in entries if entry.name == CARD and _is_file(entry)), None)
    listing.final = folder if any(map(_FINAL_HERE.fullmatch, listing.held)) else None


def _is_checkpoint(folder: str, entries: list[os.DirEntry[str]], listing: Listing) -> bool:
    """Whether a folder is a checkpoint, which is listed then, and of which only its state is read."""
    name = os.path.basename(folder)  # noqa: PTH119 - of each of many folders
    if match := CHECKPOINT.fullmatch(name):
        names = {entry.name for entry in entries} - _NO_WEIGHTS
        has_weights = any(_WEIGHTS.fullmatch(name) for name in names)
        listing.checkpoints.append(CheckpointFolder(folder, int(match[1]), has_weights))
        for entry in entries:
            if entry.name == STATE and entry.is_file():
                listing.add(entry.path)
        return True
    if not any(map(str.isdigit, name)):
        return False
    within = f"{os.path.basename(os.path.dirname(folder))}/{name}"  # noqa: PTH119, PTH120 - as above
    for pattern, ahead in _compiled(_FOLDERS):
        match = pattern.fullmatch(name) or pattern.fullmatch(within)
        if match and _weights_below(entries):
            step = int(match[match.lastindex or 1]) + (1 if ahead is None else ahead)
            listing.checkpoints.append(CheckpointFolder(folder, max(0, step), True, ahead is None))
            listing.files.extend(entry.path for entry in entries if entry.name == INFO and entry.is_file())
            return True
    return False


def _weights_below(entries: list[os.DirEntry[str]], depth: int = 4) -> bool:
    """Whether something in a folder, or in one below it, looks like model weights."""
    if any(_WEIGHTS.fullmatch(entry.name) and entry.name not in _NO_WEIGHTS for entry in entries):
        return True
    return depth > 0 and any(
        _weights_below(_listed(entry.path), depth - 1)
        for entry in entries
        if entry.is_dir() and not CHECKPOINT.fullmatch(entry.name)  # else it holds the output of a run
    )


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a file: no pipe, no device, and no link to nothing or to itself."""
    try:
        return entry.is_file()
    except OSError:
        return False


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as scanned:
            return list(scanned)
    except OSError:
        return []


def _checkpoint_files(entry: os.DirEntry[str]) -> Iterator[CheckpointFolder]:
    for pattern, ahead in _compiled(_FILES):
        if (match := pattern.fullmatch(entry.name)) and entry.is_file():
            yield CheckpointFolder(entry.path, max(0, int(match[1]) + (ahead or 0)), True, ahead is None)


def _searched(entries: list[os.DirEntry[str]]) -> list[os.DirEntry[str]]:
    """Return the entries to search: of an MLflow run only its metrics."""
    if {"meta.yaml", "metrics"} <= {entry.name for entry in entries}:
        return [entry for entry in entries if entry.name == "metrics"]
    return entries


def _is_passed_over(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return True
    if leads_to_folder(entry):
        return entry.name in _PASSED_OVER_FOLDERS
    return not _is_file(entry) or _is_passed_over_name(entry.name)


def _is_passed_over_name(name: str) -> bool:
    if name.endswith(_SIDE_FILES):
        return True
    stem, ending = os.path.splitext(name.lower())  # noqa: PTH122 - of each of many files
    if ending in _COMPRESSED and stem.endswith(_METRICS_ENDINGS):
        return False  # reading it tells that it cannot be read
    return ending in _PASSED_OVER_ENDINGS or name in _PASSED_OVER_NAMES
