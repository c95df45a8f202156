"""What is missing or odd in the record of a run: evaluations, checkpoints, steps, the job itself."""

from __future__ import annotations

import msgspec

from curvewise import Checkpoint, Run
from curvewise.model.run import Note
from gallery.curves import fall, turn
from gallery._exhibits import exhibit
from gallery.jobs import service_sft, trainer_sft


@exhibit("problem")
def failed_job() -> Run:
    """The service stopped the job in its second epoch: the validation file broke its content rules."""
    run = service_sft(
        "complaints",
        lambda e: fall(e, 2.0, 0.8, 0.9),
        lambda e: fall(e, 2.05, 0.95, 0.8),
        seed=51,
        status="failed",
        error="the validation file holds content that is not allowed (content_filter)",
        final_model=None,
    )
    return _until(run, 110)


@exhibit("warning")
def failed_job_warning() -> Run:
    """Somebody cancelled the job after three of five epochs."""
    run = service_sft(
        "complaints-again",
        lambda e: fall(e, 2.0, 0.8, 0.9),
        lambda e: fall(e, 2.05, 0.95, 0.8),
        seed=52,
        status="cancelled",
        final_model=None,
    )
    return _until(run, 187)


@exhibit("warning")
def unfinished_run() -> Run:
    """The file was saved with checkpoint-600 while training went on: it ends at half of the plan."""
    run = trainer_sft(
        "nightly",
        lambda e: fall(e, 2.0, 0.8, 0.7),
        lambda e: fall(e, 2.0, 0.95, 0.6),
        seed=53,
    )
    return _until(run, 600)


@exhibit("warning")
def few_evaluations() -> Run:
    """One evaluation, at the very end: no other checkpoint can be compared with it."""
    return trainer_sft(
        "evaluated-once",
        lambda e: fall(e, 2.0, 0.8, 0.7),
        lambda e: fall(e, 2.0, 0.95, 0.6),
        seed=54,
        epochs=2,
        eval_every=800,
        checkpoints=tuple(
            Checkpoint(step=step, model=f"outputs/evaluated-once/checkpoint-{step}")
            for step in (200, 400, 600, 800)
        ),
    )


@exhibit("warning")
def missing_validation() -> Run:
    """No validation file: the training loss falls beautifully, and says nothing of new examples."""
    return trainer_sft("no-eval-set", lambda e: fall(e, 2.0, 0.5, 1.1), None, seed=55)


@exhibit("warning")
def minibatch_validation() -> Run:
    """Only the result file was downloaded: its validation loss is one minibatch at a time, and scatters."""
    return service_sft(
        "result-file-only",
        lambda e: fall(e, 2.0, 0.8, 0.9),
        lambda e: fall(e, 2.05, 0.95, 0.8),
        seed=56,
        epochs=3,
        per_epoch=120,
        checkpoints=None,
        metrics={"full_valid_loss": None, "full_valid_mean_token_accuracy": None},
    )


@exhibit("problem")
def missing_best_checkpoint() -> Run:
    """Ten epochs, best after the second, and the service keeps the last three: the best one is gone."""
    return service_sft(
        "ten-epochs",
        lambda e: fall(e, 2.0, 0.2, 1.9),
        lambda e: fall(e, 2.05, 1.0, 0.6) + turn(e, 2.0, 0.085),
        seed=57,
        epochs=10,
        per_epoch=30,
    )


@exhibit("warning")
def missing_best_checkpoint_warning() -> Run:
    """The best epoch was the second of five; the third, which exists, gives up a few per cent."""
    return service_sft(
        "five-epochs",
        lambda e: fall(e, 2.0, 0.5, 1.5),
        lambda e: fall(e, 2.05, 0.98, 0.4) + turn(e, 2.0, 0.06),
        seed=58,
        pass_noise=0.002,
    )


@exhibit("warning")
def restarted_steps() -> Run:
    """The machine was taken away at step 740 and training resumed from checkpoint-600."""
    run = trainer_sft(
        "spot-instance",
        lambda e: fall(e, 2.0, 0.8, 0.7),
        lambda e: fall(e, 2.0, 0.95, 0.6),
        seed=59,
    )
    note = Note(
        "restarted_steps",
        "Training went back once (step 740 to 610); 14 rows of the abandoned attempt are left out.",
    )
    return msgspec.structs.replace(run, notes=(note,))


def _until(run: Run, last: int) -> Run:
    """Cut a run off after a step, its checkpoints included."""
    kept = {name: points.between(None, last) for name, points in run.metrics.items()}
    saved = tuple(one for one in run.checkpoints or () if one.step <= last)
    return msgspec.structs.replace(
        run, metrics={name: points for name, points in kept.items() if len(points)}, checkpoints=saved
    )
