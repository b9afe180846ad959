"""`gazesim map`: which objects a person looked at in a video, from a few labelled frames."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gazesim.checks import check_at_least, check_not_negative, check_positive
from gazesim.commands.command import Command, key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gazesim.mapping.detections import Detections
    from gazesim.mapping.gaze import Gaze
    from gazesim.mapping.mapped import Labelled
    from gazesim.mapping.video import Video

EXAMPLE_FRAMES, EXAMPLE_LABELLED = 300, 3

EXAMPLES = """
gazesim map example=desk                                        a synthetic desk: labels, maps, says how right it is
gazesim map video=scene.mp4 boxes=boxes.json label=5 out=a      asks for the labels of 5 frames
gazesim map video=scene.mp4 boxes=a/boxes.csv labels=labels.csv label=5 out=b                  of the next 5
gazesim map video=scene.mp4 boxes=a/boxes.csv labels=[labels.csv,labels2.csv] gaze=export px_per_degree=16
gazesim map boxes=areas.csv boxes_format=areas size=[1280,720] gaze=gaze.csv px_per_degree=16  areas that move
"""
NOTES = """Boxes are found (boxes=detected, segmented) or given: a CSV (frame, x0, y0, x1, y1), COCO, YOLO, CVAT, or
areas of interest at key frames. label=5 proposes the five frames whose labels would help most: open label.html, click,
save labels.csv; or fill in to_label.csv beside the numbered pictures. Give all files of labels, and repeat until the
expected accuracy is good enough. With gaze the fixations are mapped: probabilities of each object, dwell times,
transitions and time courses with intervals, figures."""


@dataclass(frozen=True)
class Config:
    """What `gazesim map` takes."""

    example: Literal["desk"] | None = key(None, "desk: instead of your files, a synthetic video with gaze and answers")
    video: str | None = key(None, "a video file, or a folder with a picture for each frame")
    frames_per_second: float | None = key(None, "of the video; else what the file says, or 30")
    size: list[int] | None = key(None, "[width,height] of the frames in px, where there is no video")
    boxes: str | None = key(None, "detected, segmented, or a file or folder with boxes")
    boxes_format: Literal["csv", "coco", "yolo", "cvat", "areas"] | None = key(None, "else what the suffix says")
    detector: str = key("torchvision", "of boxes=detected: torchvision (downloads once) or a file of Faster R-CNN")
    weights: str = key("places", "of the trunk that describes boxes; or embedded, torchvision (downloads), a file")
    labels: str | list[str] | None = key(None, "a CSV with the labels of some boxes (frame, box, label), or several")
    label: int = key(0, "how many frames to propose for labelling")
    gaze: str | None = key(None, "a CSV (onset_ms or frame, x, y, duration_ms), an export of Pupil Labs or Tobii")
    gaze_format: Literal["csv", "pupil", "tobii"] | None = key(None, "else what the columns say")
    offset_ms: float | None = key(None, "what to add to the times of the gaze, where its clock is not the video's")
    beyond: Literal["refuse", "drop"] = key("refuse", "what to do with gaze before or after the video")
    empty: Literal["refuse", "background"] = key("refuse", "what gaze in frames without boxes is")
    px_per_degree: float | None = key(None, "how many px of the video one degree covers; of the desk it is known")
    gaze_error_deg: float = key(1.0, "standard deviation of the gaze's error along x and y")
    kind: Literal["messages", "boxes", "looks"] = key(
        "messages", "what labels are learned from: looks, also place (boxes), also the other boxes (messages)"
    )
    window_ms: float = key(1000, "of the time course")
    gif_frames: int = key(60, "of the animation; 0 for none")
    seed: int = key(0, "of the training, the draws and the desk")
    out: str | None = key(None, "folder for the results; else outputs/map/<date>_<time>")


@dataclass(frozen=True, eq=False)
class _Input:
    found: Detections
    labels: NDArray[np.str_]
    video: Video | None
    gaze: Gaze | None
    px_per_degree: float | None
    truth: NDArray[np.str_] | None = None


def run(config: Config) -> Path:
    """Propose frames, label boxes and map gaze, as far as `config` gives what it takes; return the folder.

    Raises
    ------
    FileNotFoundError, ValueError
        If anything in the config is not accepted, or the files do not fit each other.
    """
    from gazesim.mapping.labelling import LabellingSettings
    from gazesim.mapping.mapped import label_boxes, map_gaze, write_labelled, write_mapped
    from gazesim.runs.folder import results_folder
    from gazesim.runs.record import write_record

    for name, least in (("label", 0), ("gif_frames", 0), ("seed", 0)):
        check_at_least(name, getattr(config, name), least)
    check_positive("window_ms", config.window_ms)
    check_not_negative("gaze_error_deg", config.gaze_error_deg)
    given = _example(config) if config.example else _given(config)
    settings = LabellingSettings(kind=config.kind)
    known = len(set(given.labels.tolist()) - {""})
    if not known and not config.label:
        raise ValueError("labels is missing; label=5 proposes five frames to label first")
    if given.gaze is not None and given.px_per_degree is None:
        raise ValueError("px_per_degree is missing, expected with gaze")
    boxes = label_boxes(given.found, given.labels, settings, config.seed) if known else None
    folder = results_folder("map", config.out)
    write_record(folder, "map", asdict(config))
    print(folder)
    _write_boxes(folder, given)
    if boxes is not None:
        write_labelled(folder / "labels_of_boxes.csv", boxes)
        _tell_expected(given, settings, config.seed)
    if config.label:
        _propose(folder, config.label, given, settings, config.seed)
    if boxes is not None and given.gaze is not None and given.px_per_degree is not None:
        mapped = map_gaze(
            boxes,
            given.gaze,
            px_per_degree=given.px_per_degree,
            gaze_error_deg=config.gaze_error_deg,
            empty=config.empty,
            seed=config.seed,
        )
        files = write_mapped(
            folder, mapped, video=given.video, window_ms=config.window_ms, gif_frames=config.gif_frames
        )
        print("\n".join(f"  {file}" for file in files))
        _tell(mapped.assignment.likeliest, boxes, given)
    return folder


def _example(config: Config) -> _Input:
    """Return the desk, its true labels in the frames that are proposed, and one viewer's gaze."""
    import numpy as np

    from gazesim.mapping.desk import Desk, DeskSettings
    from gazesim.mapping.proposing import propose_frames

    mine = [name for name in ("video", "size", "boxes", "labels", "gaze") if getattr(config, name) is not None]
    if mine:
        raise ValueError(f"example and {mine[0]} are both given, expected one of them")
    desk = Desk(DeskSettings(frames=EXAMPLE_FRAMES, gaze_error_deg=config.gaze_error_deg), config.seed)
    found = _with_looks(desk.boxes, desk, config)
    asked = propose_frames(found, EXAMPLE_LABELLED)
    gaze, truth = desk.gaze()
    labels = np.where(np.isin(found.frame, asked), found.labels, "")
    return _Input(found, labels, desk, gaze, config.px_per_degree or desk.settings.px_per_degree, truth)


def _given(config: Config) -> _Input:
    import numpy as np

    from gazesim.mapping.detections import read_labels
    from gazesim.mapping.mapped import classes_as_scores
    from gazesim.mapping.recordings import read_recording
    from gazesim.mapping.video import DEFAULT_RATE, open_video

    if config.boxes is None:
        raise ValueError("boxes is missing, expected detected, segmented or a file; or example=desk")
    if (config.video is None) == (config.size is None):
        told = "neither is given" if config.video is None else "both are given"
        raise ValueError(f"video or size: {told}, expected one of them")
    if config.label and config.video is None:
        raise ValueError("video is missing, expected with label: frames are labelled as pictures")
    video = None if config.video is None else open_video(config.video, config.frames_per_second)
    found = _boxes(config, video)
    files = [config.labels] if isinstance(config.labels, str) else config.labels or []
    labels = found.labels
    if files or config.label:
        found = classes_as_scores(found) if (found.labels != "").any() else found
        labels = np.full(len(found), "", dtype="<U100")
        for file in files:
            own = read_labels(file, found)
            labels = np.where(own != "", own, labels)
    if video is not None and not found.embedding.shape[1] and not (labels != "").all():
        found = _with_looks(found, video, config)
    gaze = None
    if config.gaze is not None:
        times = np.arange(found.n_frames) * 1000 / (config.frames_per_second or DEFAULT_RATE)
        gaze = read_recording(
            config.gaze,
            times if video is None else video.times_ms,
            found.size,
            form=config.gaze_format,
            offset_ms=config.offset_ms,
            beyond=config.beyond,
        )
    return _Input(found, labels, video, gaze, config.px_per_degree)


def _boxes(config: Config, video: Video | None) -> Detections:
    """Return the boxes that `config` names, found in each frame or read."""
    from gazesim.mapping.annotations import read_boxes

    if config.size is not None and len(config.size) != 2:
        raise ValueError(f"size is {config.size}, expected [width,height]")
    width, height = video.size if video is not None else config.size or [0, 0]
    if config.boxes not in ("detected", "segmented"):
        n_frames = None if video is None else len(video)
        return read_boxes(str(config.boxes), (width, height), form=config.boxes_format, n_frames=n_frames)
    if video is None:
        raise ValueError(f"boxes={config.boxes} needs the video")
    return _found_boxes(config, video)


def _found_boxes(config: Config, video: Video) -> Detections:
    import numpy as np
    from tqdm.auto import tqdm

    from gazesim.mapping.detections import detections
    from gazesim.proposals import finder
    from gazesim.trial import Trial

    if config.px_per_degree is None:
        raise ValueError(f"px_per_degree is missing, expected with boxes={config.boxes}")
    find = finder(str(config.boxes), config.detector)
    frames: list[int] = []
    parts = []
    for frame in tqdm(range(len(video)), desc="boxes", unit="frame"):
        own = find(Trial(video[frame], px_per_degree=config.px_per_degree, id=str(frame)))
        frames += [frame] * len(own)
        parts.append(own)
    return detections(frames, np.concatenate(parts), video.size, n_frames=len(video))


def _with_looks(found: Detections, video: Video, config: Config) -> Detections:
    from gazesim.encoders.backbones import load_trunk
    from gazesim.mapping.looks import with_looks

    return with_looks(found, video, load_trunk(config.weights))


def _write_boxes(folder: Path, given: _Input) -> None:
    """Write boxes with their embedding, so that the next call need not find and describe them."""
    import numpy as np

    from gazesim.mapping.detections import write_detections

    bare = replace(given.found, labels=np.full(len(given.found), "", dtype="<U1"))
    write_detections(folder / "boxes.csv", bare)


def _propose(folder: Path, n: int, given: _Input, settings: Any, seed: int) -> None:
    """Write the frames to label next, with what the network says of their boxes so far."""
    from gazesim.mapping.labelling import train
    from gazesim.mapping.page import write_label_page, write_label_pictures
    from gazesim.mapping.proposing import propose_frames

    assert given.video is not None
    names = sorted(set(given.labels.tolist()) - {""})
    table = words = None
    if len(names) > 1:
        labeller = train(given.found, given.labels, settings, seed)
        table = labeller.probabilities(given.found)
        words = [labeller.names[best] for best in table.argmax(axis=1)]
    frames = propose_frames(given.found, n, probabilities=table, labels=given.labels)
    page = folder / "label.html"
    write_label_page(page, given.video, given.found, frames, names, words)
    write_label_pictures(folder / "to_label", given.video, given.found, frames)
    print(f"frames to label next: {', '.join(map(str, frames))}\n  {page}\n  {folder / 'to_label'}")


def _tell_expected(given: _Input, settings: Any, seed: int) -> None:
    from gazesim.mapping.labelling import expected_accuracy

    if (given.labels != "").all():
        return
    told = expected_accuracy(given.found, given.labels, settings, seed)
    share = "unknown, label a second frame" if told.frames < 2 else f"{told.accuracy:.0%} of boxes"
    print(f"{told.boxes} labels in {told.frames} frames; expected right in frames without labels: {share}")


def _tell(likeliest: NDArray[np.str_], boxes: Labelled, given: _Input) -> None:
    """Print how right the example is, whose truth is known."""
    if given.truth is None:
        return
    boxes_right = (boxes.likeliest == boxes.found.labels).mean()
    right = (likeliest == given.truth).mean()
    print(f"truth of the example: {boxes_right:.1%} of boxes and {right:.1%} of fixations have the right object")


COMMAND = Command(Config, run, EXAMPLES, NOTES, makes_folder=True)
