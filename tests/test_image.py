import io

import cv2
import numpy as np
import pytest
import torch
from PIL import Image, ImageFile

from gazesim.image import as_image, montage


@pytest.fixture
def rgb():
    """Smooth, so that JPEG changes it little, and with a clear top and bottom, left and right."""
    y, x = np.mgrid[:48, :64]
    return np.stack([x * 4, y * 5, 255 - x * 2 - y], axis=-1).astype(np.uint8)


def saved(path, pixels, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(path, **options)
    return path


@pytest.mark.parametrize("columns", [slice(None), slice(None, None, -1)])
def test_an_array_comes_back_as_a_contiguous_copy(rgb, columns):
    source = rgb[:, columns]
    image = as_image(source)
    np.testing.assert_array_equal(image, source)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    assert not np.shares_memory(image, rgb)


@pytest.mark.parametrize("shape", [(48, 64), (48, 64, 1)])
def test_grey_is_the_same_in_three_channels(rgb, shape):
    np.testing.assert_array_equal(as_image(rgb[..., 0].reshape(shape)), np.dstack([rgb[..., 0]] * 3))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_fractions_of_white(rgb, dtype):
    np.testing.assert_array_equal(as_image((rgb / 255).astype(dtype)), rgb)


def test_floats_round_to_the_nearest_level():
    np.testing.assert_array_equal(as_image(np.array([[0.49, 0.51]]) / 255)[0, :, 0], [0, 1])


@pytest.mark.parametrize("order", ["<u2", ">u2"])
def test_sixteen_bits_are_divided_by_257(order):
    values = np.arange(65536).reshape(256, 256)
    expected = (values * 2 + 257) // (2 * 257)  # values / 257 rounded, in integers
    np.testing.assert_array_equal(as_image(values.astype(order))[..., 0], expected)


def test_true_is_white():
    np.testing.assert_array_equal(as_image(np.array([[False, True]]))[0], [[0, 0, 0], [255, 255, 255]])


def test_transparent_pixels_lie_on_white():
    colour, alpha = np.meshgrid(np.arange(256), np.arange(256))
    rgba = np.stack([colour, colour, colour, alpha], axis=-1).astype(np.uint8)
    expected = np.rint(alpha / 255 * colour + (1 - alpha / 255) * 255)
    np.testing.assert_array_equal(as_image(rgba)[..., 1], expected)


def test_channels_first_and_last_tensors_agree(rgb):
    last = torch.from_numpy(rgb)
    for tensor in (last, last.permute(2, 0, 1), last.permute(2, 0, 1) / 255, last / 255):
        np.testing.assert_array_equal(as_image(tensor), rgb)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_tensors_of_any_float_type(dtype):
    tensor = torch.tensor([[0.0, 0.5, 1.0]], dtype=dtype, requires_grad=True)
    np.testing.assert_array_equal(as_image(tensor)[0, :, 0], [0, 128, 255])


@pytest.mark.parametrize("shape", [(5, 7), (1, 5, 7), (5, 7, 1)])
def test_grey_tensors(shape):
    assert as_image(torch.zeros(shape)).shape == (5, 7, 3)


def test_a_tensor_with_three_rows_and_columns_is_channels_first():
    tensor = torch.arange(9, dtype=torch.uint8).reshape(3, 1, 3)
    np.testing.assert_array_equal(as_image(tensor)[0, 0], [0, 3, 6])


def test_path_and_text_and_pil_image_agree(tmp_path, rgb):
    path = saved(tmp_path / "a.png", rgb)
    with Image.open(path) as image:
        for source in (path, str(path), image):
            np.testing.assert_array_equal(as_image(source), rgb)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGB", "RGBA", "RGBX", "YCbCr", "HSV"])
def test_every_mode_shows_a_light_and_a_dark_half(mode):
    rgb = np.zeros((4, 8, 3), np.uint8)
    rgb[:, 4:] = 255
    np.testing.assert_array_equal(as_image(Image.fromarray(rgb).convert(mode)), rgb)


def test_lab_is_shown_in_srgb():
    lab = Image.merge("LAB", [Image.new("L", (2, 2), value) for value in (137, 128, 128)])  # L* 53.7, neutral
    assert np.abs(as_image(lab).astype(int) - 128).max() <= 1  # sRGB 128 has L* 53.6


def test_palette_with_transparency(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    path = saved(tmp_path / "a.png", image, transparency=0)
    np.testing.assert_array_equal(as_image(path), [[[255, 255, 255], [40, 50, 60]]])


def test_palette_with_graded_transparency(tmp_path):
    image = Image.new("P", (2, 1))
    image.putpalette([0, 0, 0, 40, 50, 60])
    path = saved(tmp_path / "a.png", image, transparency=bytes([51, 255]))
    np.testing.assert_array_equal(as_image(path), np.full((1, 2, 3), 204))  # black at a fifth, on white


def test_transparent_colour_of_a_png_without_alpha(tmp_path):
    path = saved(tmp_path / "a.png", np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8), transparency=(1, 2, 3))
    np.testing.assert_array_equal(as_image(path), [[[255, 255, 255], [4, 5, 6]]])


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit_grey_files_use_the_whole_range(tmp_path, suffix):
    values = np.arange(0, 65536, 16, dtype=np.uint16).reshape(64, 64)
    cv2.imwrite(str(tmp_path / f"a{suffix}"), values)
    image = as_image(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(image[..., 2], np.rint(values / 257))
    independent = cv2.imread(str(tmp_path / f"a{suffix}"), cv2.IMREAD_COLOR)
    assert np.abs(image.astype(int) - independent).max() <= 1  # OpenCV drops the lower byte


def test_thirty_two_bit_mode_is_read_as_sixteen_bit():
    image = Image.fromarray(np.array([[0, 25700, 65535]], np.int32))
    assert image.mode == "I"
    np.testing.assert_array_equal(as_image(image)[0, :, 0], [0, 100, 255])


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colour_files(tmp_path, rgb, channels):
    rgba = np.dstack([rgb, np.full((48, 64), 255, np.uint8)])[..., :channels].astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "a.png"), rgba[..., [2, 1, 0, 3][:channels]])
    np.testing.assert_array_equal(as_image(tmp_path / "a.png"), rgb)


def test_float_tiff(tmp_path):
    Image.fromarray(np.array([[0, 0.2, 1]], np.float32)).save(tmp_path / "a.tif")
    np.testing.assert_array_equal(as_image(tmp_path / "a.tif")[0, :, 0], [0, 51, 255])
    Image.fromarray(np.array([[0, 255]], np.float32)).save(tmp_path / "b.tif")
    with pytest.raises(ValueError, match=r"b\.tif' has values from 0 to 255, expected floats within 0\.\.1"):
        as_image(tmp_path / "b.tif")


def test_cmyk_tiff_follows_its_closed_form(tmp_path, rgb):
    cmyk = np.dstack([rgb, np.full((48, 64), 51, np.uint8)])
    path = saved(tmp_path / "a.tif", Image.frombytes("CMYK", (64, 48), cmyk.tobytes()))
    expected = (1 - rgb / 255) * (1 - 51 / 255) * 255
    assert np.abs(as_image(path) - expected).max() <= 1


def test_cmyk_jpeg_is_not_inverted(tmp_path, rgb):
    path = saved(tmp_path / "a.jpg", Image.fromarray(rgb).convert("CMYK"), quality=95)
    assert b"Adobe" in path.read_bytes()  # that is, with inverted values
    image = as_image(path).astype(int)
    assert np.abs(image - cv2.imread(str(path))[..., ::-1]).max() <= 2
    assert np.abs(image - rgb).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, rgb, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path / "a.jpg", rgb, exif=exif, quality=95)
    upright = {  # what is done to the stored pixels, TIFF 6.0, section 8, "Orientation"
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: a.swapaxes(0, 1)[:, ::-1],
        7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
        8: lambda a: a.swapaxes(0, 1)[::-1],
    }[orientation](rgb)
    image = as_image(path)
    assert np.abs(image.astype(int) - upright).mean() < 3
    with Image.open(path) as opened:
        np.testing.assert_array_equal(as_image(opened), image)
    assert np.abs(image.astype(int) - cv2.imread(str(path))[..., ::-1]).max() <= 4


@pytest.mark.parametrize("block", [b"JUNKJUNKJUNK", b"Exif\0\0II*\0", b"\0", b"MM\0*\xff\xff\xff\xff"])
def test_a_broken_exif_block_is_ignored(tmp_path, rgb, block):
    path = saved(tmp_path / "a.png", rgb, exif=block)
    np.testing.assert_array_equal(as_image(path), rgb)
    assert np.abs(as_image(saved(tmp_path / "a.jpg", rgb, exif=block, quality=95)).astype(int) - rgb).mean() < 3


def test_low_range_of_16_bits_is_named(tmp_path):
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 65  # 12 bits: up to 4095
    for suffix in (".png", ".tif"):
        Image.fromarray(values).save(path := tmp_path / f"a{suffix}")
        with pytest.warns(UserWarning, match=rf"a{suffix}' has 16 bits, but its largest value is 4095: it is shown"):
            as_image(path)
    Image.fromarray(values * 16).save(path)
    assert as_image(path).max() == 255


def test_the_first_frame_of_an_animation(tmp_path, rgb):
    frames = [Image.fromarray(rgb), Image.fromarray(255 - rgb)]
    path = saved(tmp_path / "a.png", frames[0], save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(as_image(path), rgb)
    red, blue = (Image.new("RGB", (5, 4), colour) for colour in ("red", "blue"))
    path = saved(tmp_path / "a.gif", red, save_all=True, append_images=[blue])
    np.testing.assert_array_equal(as_image(path), np.asarray(red))


def message(error):
    assert "\n" not in str(error.value)
    return str(error.value)


def test_missing_file():
    with pytest.raises(FileNotFoundError) as error:
        as_image("nowhere/photo.jpg", name="target")
    assert message(error) == "target 'nowhere/photo.jpg' does not exist"


@pytest.mark.parametrize("text", ["", "find the\nred mug", "mug " * 100, "a\0b"])
def test_text_that_is_no_path(text):
    with pytest.raises(FileNotFoundError) as error:
        as_image(text)
    assert message(error) == f"image {text!r} does not exist"


def test_folder_empty_file_and_other_file(tmp_path):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("hello")
    for name, found in {".": "is a folder", "empty.png": "is empty", "text.png": "is not an image"}.items():
        with pytest.raises(ValueError, match=found) as error:
            as_image(tmp_path / name)
        assert message(error).startswith(f"image '{tmp_path / name}'")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".gif", ".webp", ".ppm"])
def test_truncated_files_are_not_accepted(tmp_path, rgb, suffix):
    path = saved(tmp_path / f"a{suffix}", rgb)
    whole, content = as_image(path), path.read_bytes()
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    lost, lines = [0], []
    for length in sorted({1, 10, 40, *range(60, len(content), 97), len(content) - 20, len(content) - 1}):
        path.write_bytes(content[:length])
        try:
            np.testing.assert_array_equal(as_image(path), whole)
            lost.append(len(content) - length)
        except ValueError as error:
            lines.append(str(error))
    assert max(lost) <= 4  # bytes of an end mark, behind the whole image
    assert len(lines) >= 5
    assert all(line.startswith(f"image '{path}'") and "\n" not in line for line in lines)


def test_a_lazily_opened_truncated_file(tmp_path, rgb):
    path = saved(tmp_path / "a.jpg", rgb)
    path.write_bytes(path.read_bytes()[:-100])
    with Image.open(path) as image, pytest.raises(ValueError, match=r"truncated") as error:
        as_image(image, "target")
    assert message(error).startswith("target is damaged")


def test_damaged_png_is_noticed(tmp_path, rgb):
    path = saved(tmp_path / "a.png", rgb)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"is damaged"):
        as_image(path)


@pytest.mark.parametrize("side", [10_001, 18_000])  # Pillow warns above 89 megapixels and raises above 178
def test_size_is_checked_before_decoding(tmp_path, side, monkeypatch):
    path = saved(tmp_path / "a.png", Image.new("1", (side, 10_000)))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(ValueError, match=r"megapixels") as error:
        as_image(path)
    assert message(error).startswith(f"image '{path}' is")


def test_size_limit_holds_for_arrays_and_pil_images():
    grey = np.broadcast_to(np.uint8(0), (10_001, 10_000))
    found = "image is 10000 x 10001 px, 100.0 megapixels, expected at most 100 megapixels"
    for source in (
        grey,
        torch.zeros(1, dtype=torch.uint8).expand(10_001, 10_000),
        Image.new("1", (10_000, 10_001)),
    ):
        with pytest.raises(ValueError, match=found):
            as_image(source)


@pytest.mark.slow
def test_up_to_100_megapixels_pillow_does_not_interfere(tmp_path):
    path = saved(tmp_path / "a.png", Image.new("1", (10_000, 10_000)))
    assert as_image(path).shape == (10_000, 10_000, 3)


@pytest.mark.parametrize("shape", [(5,), (5, 7, 2), (5, 7, 5), (3, 5, 7), (1, 5, 7, 3), ()])
def test_array_shapes_that_are_no_image(shape):
    with pytest.raises(ValueError, match=r"has shape .*expected \(height, width\)"):
        as_image(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0, 3)])
def test_arrays_without_pixels(shape):
    with pytest.raises(ValueError, match=r"it has no pixels"):
        as_image(np.zeros(shape))


@pytest.mark.parametrize("dtype", [np.int64, np.int8, np.uint32, object, complex, "U1"])
def test_array_types_that_are_no_image(dtype):
    with pytest.raises(ValueError, match=r"expected uint8, uint16, bool or floats"):
        as_image(np.zeros((2, 2), dtype))


@pytest.mark.parametrize(
    ("value", "found"), [(1.5, "0 to 1.5"), (-0.1, "-0.1 to 0"), (np.nan, "nan"), (np.inf, "0 to inf")]
)
def test_floats_out_of_range(value, found):
    with pytest.raises(ValueError, match=f"image has values from .*{found}.*expected floats within 0..1"):
        as_image(np.array([[0.0, value]]))


@pytest.mark.parametrize("source", [None, 3, b"a.png", [[0, 1]], io.BytesIO()])
def test_other_types(source):
    with pytest.raises(ValueError, match=f"image is of type {type(source).__name__}, expected a path"):
        as_image(source)


def test_a_montage_shows_every_picture_whole():
    pictures = [np.full((4, 6 + number, 3), 10 * number + 1, np.uint8) for number in range(5)]
    page = montage(pictures)
    assert page.shape == (2 * 4 + 1, 3 * 10 + 2, 3)  # 3 columns, a gap of 1 px
    assert [int((page == 10 * number + 1).all(axis=2).sum()) for number in range(5)] == [24, 28, 32, 36, 40]
    assert montage(pictures[:1]) is pictures[0]
