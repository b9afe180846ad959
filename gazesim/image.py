"""Any image a user may have, as the RGB pixels that a viewer shows."""

import math
import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import ReferenceType, ref

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from gazesim.files import check_file

MAX_MEGAPIXELS = 100
LOW_RANGE = 16383  # 16-bit pixels up to this are of 14 bits or fewer
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # by EXIF orientation

if TYPE_CHECKING:
    import torch

    ImageSource = str | os.PathLike[str] | Image.Image | NDArray[Any] | torch.Tensor
else:  # a list of names needs no torch
    ImageSource = Any
"""What `as_image` takes."""


def as_image(source: ImageSource, name: str = "image") -> NDArray[np.uint8]:
    """Return `source` as a new uint8 array (height, width, 3): RGB, C-contiguous.

    Parameters
    ----------
    source
        One of

        - a path (text that is not the path of a file is an error) or a PIL image: grey, palette, 16-bit, CMYK
          and Lab become 8-bit RGB, the EXIF orientation is applied unless the EXIF block is broken, of an animation
          the first frame is taken; pixels of more than 8 bit must lie within 0..65535 (white), floating-point ones
          within 0..1 (white); a warning says where the brightest of 16 bits is a quarter of white or less;
        - a numpy array (height, width), or (height, width, channels) with 1, 3 or 4 channels: uint8, uint16
          (65535 is white), bool (True is white) or floating point within 0..1;
        - a torch tensor of the same types, (height, width) or (channels, height, width); also
          (height, width, channels), where the first size is none of 1, 3 and 4.

        Transparent pixels are laid on white. Embedded colour profiles are not applied.
    name
        What the messages call the image.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is empty, no image, damaged, truncated, above 100 megapixels, or none of the above.
    """
    if isinstance(source, str | os.PathLike):
        return _from_file(source, name)
    if isinstance(source, Image.Image):
        return _from_pil(source, name)
    if "torch" in sys.modules and isinstance(source, sys.modules["torch"].Tensor):
        return _from_tensor(source, name)
    if isinstance(source, np.ndarray):
        return _from_array(source, name)
    accepted = "a path, a PIL image, a numpy array or a torch tensor"
    raise ValueError(f"{name} is of type {type(source).__name__}, expected {accepted}")


def montage(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return pictures (h, w, 3) of any sizes as one, row by row in a grid that is about square, on white.

    One alone is returned as it is.
    """
    if len(pictures) == 1:
        return pictures[0]
    columns = math.ceil(math.sqrt(len(pictures)))
    gap = max(1, max(max(picture.shape[:2]) for picture in pictures) // 16)
    height, width = (max(picture.shape[axis] for picture in pictures) + gap for axis in (0, 1))
    rows = -(-len(pictures) // columns)
    page = np.full((rows * height - gap, columns * width - gap, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // columns * height, number % columns * width
        page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return page


def picture_size(path: str | os.PathLike[str], name: str = "image") -> tuple[int, int]:
    """Return the width and height at which a picture is seen, px, from its header, without decoding it.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no image, or above 100 megapixels.
    """
    check_file(name, path)
    name = f"{name} {os.fspath(path)!r}"
    with _pillow_errors(name), Image.open(path) as header:
        turned = orientation(header) >= 5
        width, height = header.size
    _check_size(name, width, height)
    return (height, width) if turned else (width, height)


class Picture:
    """An image that is read when its pixels are asked for.

    Pixels that come from a file are not kept, but for the last few; as long as anybody holds them, it is those that
    everybody gets.

    Parameters
    ----------
    source
        What `as_image` takes. Of a file the header is read now, unless `size` is given; anything else is converted now.
    name
        What the messages call it.
    size : (width, height), optional
        What it must be, px.

    Attributes
    ----------
    path : Path, or None
    width, height : int
        px, as it is seen.

    Raises
    ------
    FileNotFoundError, ValueError
        As `as_image`, or if the size is another one.
    """

    _recent: ClassVar[deque[NDArray[np.uint8]]] = deque(maxlen=4)

    def __init__(self, source: ImageSource, name: str = "image", size: tuple[int, int] | None = None) -> None:
        self.name, self.path = name, None
        self._pixels: NDArray[np.uint8] | None = None
        self._seen: ReferenceType[NDArray[np.uint8]] | None = None
        if isinstance(source, str | os.PathLike):
            check_file(name, source)
            self.path = Path(source)
            self.width, self.height = size or picture_size(source, name)
        else:
            self._pixels = as_image(source, name)
            self._pixels.flags.writeable = False
            self.height, self.width = self._pixels.shape[:2]
            self._check(size or (self.width, self.height), self._pixels)

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 (height, width, 3), read-only; FileNotFoundError or ValueError as `as_image`."""
        if self._pixels is not None:
            return self._pixels
        pixels = None if self._seen is None else self._seen()
        if pixels is None:
            pixels = self._read()
            self._check((self.width, self.height), pixels)
            pixels.flags.writeable = False
            self._seen = ref(pixels)
            self._recent.append(pixels)
        return pixels

    def _read(self) -> NDArray[np.uint8]:
        assert self.path is not None
        return as_image(self.path, self.name)

    def __reduce__(self) -> tuple[type["Picture"], tuple[Any, ...]]:
        return Picture, (self._pixels if self.path is None else self.path, self.name, (self.width, self.height))

    def _check(self, size: tuple[int, int], pixels: NDArray[np.uint8]) -> None:
        height, width = pixels.shape[:2]
        if (width, height) != size:
            shown = self.name if self.path is None else f"{self.name} {str(self.path)!r}"
            raise ValueError(f"{shown} is {width} x {height} px, expected {size[0]} x {size[1]}")


class DrawnPicture(Picture):
    """An image that is drawn when its pixels are asked for; they are kept as those of a file are.

    Parameters
    ----------
    draw : callable
        Returns the pixels, uint8 (height, width, 3), the same each time. Picklable, for searches in several processes.
    name, size
        As in `Picture`; the size is what it must be.
    """

    def __init__(self, draw: Callable[[], NDArray[np.uint8]], name: str, size: tuple[int, int]) -> None:
        self.name, self.path, self._draw = name, None, draw
        self._pixels, self._seen = None, None
        self.width, self.height = size

    def _read(self) -> NDArray[np.uint8]:
        return as_image(self._draw(), self.name)

    def __reduce__(self) -> tuple[type[Picture], tuple[Any, ...]]:
        return DrawnPicture, (self._draw, self.name, (self.width, self.height))


def _from_file(path: str | os.PathLike[str], name: str) -> NDArray[np.uint8]:
    picture_size(path, name)
    name = f"{name} {os.fspath(path)!r}"
    with _pillow_errors(name), Image.open(path) as whole:
        whole.verify()  # finds a PNG that was cut behind its last pixel
    with _pillow_errors(name), Image.open(path) as image:
        pixels = _pil_pixels(image)
    return _from_array(_of_white(pixels, name), name)


def _from_pil(image: Image.Image, name: str) -> NDArray[np.uint8]:
    _check_size(name, *image.size)
    with _pillow_errors(name):
        pixels = _pil_pixels(image)
    return _from_array(_of_white(pixels, name), name)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8, of an image that was opened, without decoding it; 1 if there is none.

    That of a TIFF is 1: Pillow applies it itself, to its size too. So is that of a broken EXIF block.
    """
    if image.format == "TIFF":
        return 1
    try:
        value = Image.Image.getexif(image).get(ExifTags.Base.Orientation, 1)
    except Exception:  # on broken blocks it raises nearly anything
        return 1
    return value if value in UPRIGHT else 1


def _pil_pixels(image: Image.Image) -> NDArray[Any]:
    turn = UPRIGHT.get(orientation(image))
    upright = image if turn is None else image.transpose(turn)
    if upright.mode in ("F", "I") or upright.mode.startswith("I;16"):
        return np.asarray(upright)
    return np.asarray(upright.convert("RGBA" if upright.has_transparency_data else "RGB"))


def _of_white(pixels: NDArray[Any], name: str) -> NDArray[Any]:
    """Return pixels of more than 8 bit as a share of white; warn where they look like fewer than 16."""
    if pixels.dtype == np.uint8 or pixels.dtype.kind == "f":
        return pixels
    if 0 < (largest := int(pixels.max(initial=0))) <= LOW_RANGE:
        found = f"{name} has 16 bits, but its largest value is {largest}"
        warnings.warn(f"{found}: it is shown nearly black; scale it if white is not 65535", stacklevel=4)
    return np.asarray(pixels / 65535)


def _from_tensor(tensor: "torch.Tensor", name: str) -> NDArray[np.uint8]:
    import torch

    tensor = tensor.detach().cpu()
    if tensor.dtype == torch.bfloat16:  # numpy has no such type
        tensor = tensor.float()
    if tensor.ndim == 3 and tensor.shape[0] in (1, 3, 4):
        tensor = tensor.permute(1, 2, 0)
    return _from_array(tensor.numpy(), name)


def _from_array(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise ValueError(f"{name} has shape {array.shape}, expected (height, width) or (height, width, 1, 3 or 4)")
    _check_size(name, width=array.shape[1], height=array.shape[0])
    pixels = _eight_bit(array, name).reshape(*array.shape[:2], channels)
    rgb = np.empty((*array.shape[:2], 3), np.uint8)
    rgb[...] = _on_white(pixels) if channels == 4 else pixels
    return rgb


def _check_size(name: str, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"{name} is {width} x {height} px, it has no pixels")
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        found = f"{width} x {height} px, {width * height / 1e6:.1f} megapixels"
        raise ValueError(f"{name} is {found}, expected at most {MAX_MEGAPIXELS} megapixels")


def _eight_bit(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    dtype = array.dtype.newbyteorder("=")
    if dtype == np.uint8:
        return array
    if dtype.kind == "b":
        return np.where(array, np.uint8(255), np.uint8(0))
    if dtype == np.uint16:
        array = array / np.float32(65535)
    elif dtype.kind != "f":
        raise ValueError(f"{name} has dtype {array.dtype}, expected uint8, uint16, bool or floats within 0..1")
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 1):
        raise ValueError(f"{name} has values from {low:g} to {high:g}, expected floats within 0..1")
    pixels: NDArray[np.uint8] = np.rint(array * 255).astype(np.uint8)
    return pixels


def _on_white(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = rgba[..., 3:].astype(np.uint16)
    shown: NDArray[np.uint8] = ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return shown


@contextmanager
def _pillow_errors(name: str) -> Iterator[None]:
    """Turn what Pillow raises on bad files into one line that says which."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes below MAX_MEGAPIXELS, of damaged metadata
            yield
    except UnidentifiedImageError as error:
        raise ValueError(f"{name} is not an image, or of a format that Pillow cannot read") from error
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} is above {MAX_MEGAPIXELS} megapixels") from error
    except Exception as error:  # on damaged files Pillow's decoders raise nearly anything
        raise ValueError(f"{name} is damaged, truncated or not supported: {error}") from error
